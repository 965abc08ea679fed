import { readFile } from 'node:fs/promises';

import type { ConnectionSettings } from '../oci/connection-settings.ts';
import { jobError } from './errors.ts';

/** What pods need to reach registries as this machine does. */
export interface PodConnection {
  /** PEM */
  readonly certificates: readonly string[];
  /** Flags of `job-pod`. */
  readonly flags: readonly string[];
}

/**
 * The settings for some registries, for pods. A proxy of this machine is not theirs.
 * @param hosts of the registries that the pods use
 * @throws job.client-certificate, job.certificate-unreadable
 */
export async function podConnection(
  { caCertificates = [], registries = [], concurrency, allowHttp, ...settings }: ConnectionSettings,
  hosts: ReadonlySet<string>,
): Promise<PodConnection> {
  const used = registries.filter(({ host }) => hosts.has(host));
  const presented = used.find(({ clientCertificate }) => clientCertificate !== undefined);
  if (presented !== undefined) throw jobError('client-certificate', { host: presented.host });
  const files = used.flatMap(({ caFiles = [] }) => caFiles);
  const isUnchecked = settings.verifyCertificates === false || used.some((each) => each.verifyCertificates === false);
  const realms = [settings, ...used].flatMap((each) => each.trustedTokenRealms ?? []);
  return {
    certificates: [
      ...caCertificates,
      ...used.flatMap(({ trustedCertificates = [] }) => trustedCertificates),
      ...(await Promise.all(files.map(readCertificates))),
    ],
    flags: [
      ...(allowHttp === true || used.some(({ plainHttp }) => plainHttp === true) ? ['--registry-insecure=true'] : []),
      ...(isUnchecked ? ['--registry-verify-certs=false'] : []),
      ...(concurrency === undefined ? [] : [`--concurrency=${concurrency}`]),
      ...[...new Set(realms)].map((host) => `--trust-token-realm=${host}`),
    ],
  };
}

async function readCertificates(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw jobError('certificate-unreadable', { path, reason }, error);
  }
}
