import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { AccessLog, type LoggedRequest } from './access-log.ts';
import { createAuthority } from './certificates.ts';
import { htpasswdLine } from './htpasswd.ts';
import { makeTemporaryFolder } from './lifetime.ts';
import { freePort } from './ports.ts';
import { get } from './http-status.ts';
import { startServer } from './server-process.ts';
import { ensureDockerRegistry } from './setup/debian.mjs';

export interface RegistryOptions {
  /** Whether manifests and blobs can be deleted; default true. */
  readonly delete?: boolean;
  /** Basic authentication for everything. */
  readonly user?: { readonly name: string; readonly password: string };
  /** HTTPS with a certificate authority of its own, for 127.0.0.1, localhost and these names. */
  readonly tls?: { readonly names?: readonly string[] };
  /** Refuses every write with 405. */
  readonly readOnly?: boolean;
  /** Accepts manifests with non-distributable layers, which name URLs; default false. */
  readonly foreignLayers?: boolean;
  /** Writes a line for each request, so that they can be counted. */
  readonly accessLog?: boolean;
  /** The storage of another registry, which is then kept; for a registry that comes back, or two on one storage. */
  readonly storage?: string;
  /** The port of a registry that comes back. */
  readonly port?: number;
}

export interface Registry {
  /** `127.0.0.1:<port>` */
  readonly host: string;
  /** `http://127.0.0.1:<port>`, or https. */
  readonly url: string;
  /** The folder of its storage. */
  readonly root: string;
  /** The certificate authority to trust, if it speaks TLS. */
  readonly caFile?: string;
  readonly pid: number;
  /** All requests that were answered before this call; only with `accessLog`. */
  requests(): Promise<LoggedRequest[]>;
  stop(): Promise<void>;
}

/** A real registry, Debian's docker-registry (CNCF Distribution 2.8), on a port of the loopback interface. */
export async function startRegistry(options: RegistryOptions = {}): Promise<Registry> {
  const program = await ensureDockerRegistry();
  const folder = await makeTemporaryFolder('registry');
  const root = options.storage ?? join(folder.path, 'storage');
  const host = `127.0.0.1:${options.port ?? (await freePort())}`;
  const tls = options.tls && (await makeTls(folder.path, options.tls.names ?? []));
  const htpasswd = options.user && join(folder.path, 'htpasswd');
  if (htpasswd) await writeFile(htpasswd, await htpasswdLine(options.user.name, options.user.password));

  const config = join(folder.path, 'config.yml');
  await writeFile(
    config,
    stringify({
      version: 0.1,
      log: { level: 'error', accesslog: { disabled: options.accessLog !== true } },
      storage: {
        filesystem: { rootdirectory: root },
        delete: { enabled: options.delete ?? true },
        maintenance: { readonly: { enabled: options.readOnly ?? false }, uploadpurging: { enabled: false } },
      },
      // Without a secret it makes one up and warns about it.
      http: { addr: host, secret: 'for tests', ...(tls && { tls: { certificate: tls.certFile, key: tls.keyFile } }) },
      ...(htpasswd && { auth: { htpasswd: { realm: 'registry of the tests', path: htpasswd } } }),
      ...(options.foreignLayers && { validation: { manifests: { urls: { allow: ['^https?://'] } } } }),
    }),
  );

  const accessLogFile = join(folder.path, 'access.log');
  const server = await startServer({
    name: `the registry on ${host}`,
    command: program,
    args: ['serve', config],
    env: {},
    logFile: join(folder.path, 'log'),
    outputFile: accessLogFile,
  });
  const url = `${tls ? 'https' : 'http'}://${host}`;
  const credentials = options.user && `${options.user.name}:${options.user.password}`;
  const ping = (query = '') => get(`${url}/v2/${query}`, tls?.caFile, credentials);
  const stop = async (): Promise<void> => {
    await server.stop();
    await folder.remove();
  };
  try {
    await server.untilReady(async () => (await ping()) === 200, 10);
  } catch (error) {
    await stop();
    throw error;
  }

  const accessLog = options.accessLog ? new AccessLog(accessLogFile, ping) : undefined;
  await accessLog?.forgetStart();
  return {
    host,
    url,
    root,
    ...(tls && { caFile: tls.caFile }),
    pid: server.pid,
    async requests() {
      if (!accessLog) throw new Error('start the registry with accessLog: true to see its requests');
      return accessLog.requests();
    },
    stop,
  };
}

async function makeTls(
  folder: string,
  names: readonly string[],
): Promise<{ certFile: string; keyFile: string; caFile: string }> {
  const authority = await createAuthority(folder, 'registry-ca');
  const certificate = await authority.issueServer('registry', ['127.0.0.1', 'localhost', ...names]);
  return { ...certificate, caFile: authority.certFile };
}
