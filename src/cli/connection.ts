import { readFile } from 'node:fs/promises';
import { resolve, isAbsolute, join } from 'node:path';

import type { ConnectionSettings, RegistrySettings } from '../oci/connection-settings.ts';
import { proxyFromEnvironment } from '../oci/network.ts';
import { parseRegistryHost } from '../oci/reference.ts';
import { reasonOf } from '../carvel/archive/scan.ts';
import { cliError } from './errors.ts';
import type { FlagValues } from './flags/flag.ts';
import { homeFolder } from '../base/home-folder.ts';

/** Connection settings from the `--registry-*` flags and the environment's proxies. */
export async function connectionOf(values: FlagValues, environment: NodeJS.ProcessEnv): Promise<ConnectionSettings> {
  const concurrency = values.number('concurrency');
  const responseHeaderTimeout = values.duration('registry-response-header-timeout');
  const retryCount = values.number('registry-retry-count');
  const stallTimeout = values.duration('stall-timeout');
  const proxy = proxyFromEnvironment(environment);
  return {
    ...(proxy === undefined ? {} : { proxy }),
    allowHttp: values.boolean('registry-insecure') ?? false,
    verifyCertificates: values.boolean('registry-verify-certs') ?? true,
    caCertificates: await Promise.all(values.list('registry-ca-cert-path').map(readCertificates)),
    registries: values.list('registry-client-cert').map(clientCertificate),
    trustedTokenRealms: values.list('trust-token-realm'),
    ...(concurrency === undefined ? {} : { concurrency }),
    ...(responseHeaderTimeout === undefined ? {} : { responseHeaderTimeout }),
    ...(retryCount === undefined ? {} : { retryCount }),
    ...(stallTimeout === undefined ? {} : { stallTimeout }),
  };
}

/** "HOST=FILE" */
function clientCertificate(value: string): RegistrySettings {
  const [, host = '', file = ''] = /^([^=]+)=(.+)$/s.exec(value) ?? [];
  if (file === '') {
    const reason = 'expected HOST=FILE';
    throw cliError('flag-value', { value, flag: '--registry-client-cert', reason });
  }
  const path = resolve(file);
  return { host: parseRegistryHost(host), clientCertificate: { certificateFile: path, keyFile: path } };
}

async function readCertificates(path: string): Promise<string> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw cliError('ca-certificate', { path, reason: `open ${path}: ${reasonOf(error)}` }, error);
  }
  if (!text.includes('-----BEGIN '))
    throw cliError('ca-certificate', { path, reason: 'it contains no PEM certificate' });
  return text;
}

/**
 * Folder for data that outlives a command: `$XDG_STATE_HOME/carvel-airgap` (XDG Base Directory Specification).
 * Undefined for a user without a home folder, for whom nothing is stored.
 */
export function stateFolder(environment: NodeJS.ProcessEnv): string | undefined {
  const given = environment['XDG_STATE_HOME'] ?? '';
  const home = homeFolder(environment);
  if (isAbsolute(given)) return join(given, 'carvel-airgap');
  return home === undefined ? undefined : join(home, '.local', 'state', 'carvel-airgap');
}
