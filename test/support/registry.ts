import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { AccessLog, type LoggedRequest } from './access-log.ts';
import { createAuthority, type Certificate } from './certificates.ts';
import { htpasswdLine } from './htpasswd.ts';
import { makeTemporaryFolder } from './lifetime.ts';
import { freePort } from './ports.ts';
import { get } from './http-status.ts';
import { startServer } from './server-process.ts';
import { ensureDockerRegistry } from './setup/debian.mjs';
import { ensureDistribution3 } from './setup/distribution.mjs';
import type { TokenServer } from './token-server.ts';

/** The available registries: CNCF Distribution 2.8 (Debian's docker-registry) and 3. */
export const REGISTRIES = { 'Distribution 2.8': ensureDockerRegistry, 'Distribution 3': ensureDistribution3 } as const;

export type RegistryProgram = keyof typeof REGISTRIES;

export interface RegistryOptions {
  /** Default: TEST_REGISTRY of the environment, else Debian's. */
  readonly program?: RegistryProgram;
  /** Whether manifests and blobs can be deleted; default true. */
  readonly delete?: boolean;
  /** Requires basic authentication for all requests. */
  readonly user?: { readonly name: string; readonly password: string };
  /**
   * Requires tokens for all requests; `realm` replaces the server's own, for a client that reaches it at another
   * address.
   */
  readonly tokens?: { readonly server: TokenServer; readonly realm?: string };
  /** Serves HTTPS with its own certificate authority, for 127.0.0.1, localhost and these names. */
  readonly tls?: {
    readonly names?: readonly string[];
    /** Requires a client certificate. */ readonly clients?: boolean;
  };
  /** Rejects every write with 405. */
  readonly readOnly?: boolean;
  /** Accepts manifests with non-distributable layers, which contain URLs; default false. */
  readonly foreignLayers?: boolean;
  /** Accepts indexes without their manifests, as Distribution 3 can; default false. */
  readonly sparseIndexes?: boolean;
  /** Logs a line for each request, so that requests can be counted. */
  readonly accessLog?: boolean;
  /** The storage of another registry, which is not deleted; for a restarted registry, or two with the same storage. */
  readonly storage?: string;
  /** The port of a restarted registry. */
  readonly port?: number;
}

export interface Registry {
  /** `127.0.0.1:<port>` */
  readonly host: string;
  /** `http://127.0.0.1:<port>`, or https. */
  readonly url: string;
  /** The folder of its storage. */
  readonly root: string;
  /** The certificate authority to trust, if it serves HTTPS. */
  readonly caFile?: string;
  /** A certificate that it accepts, if it requires client certificates. */
  readonly clientCertificate?: Certificate;
  readonly pid: number;
  /** All requests answered before this call; only with `accessLog`. */
  requests(): Promise<LoggedRequest[]>;
  stop(): Promise<void>;
}

/** Starts a real registry on a loopback port. */
export async function startRegistry(options: RegistryOptions = {}): Promise<Registry> {
  const program = await REGISTRIES[options.program ?? programAsked()]();
  const folder = await makeTemporaryFolder('registry');
  const root = options.storage ?? join(folder.path, 'storage');
  const host = `127.0.0.1:${options.port ?? (await freePort())}`;
  const tls = options.tls && (await makeTls(folder.path, options.tls));
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
      // Without a secret, the registry generates one and logs a warning.
      http: { addr: host, secret: 'for tests', ...(tls && { tls: tls.config }) },
      ...(htpasswd && { auth: { htpasswd: { realm: 'registry of the tests', path: htpasswd } } }),
      ...(options.tokens && { auth: { token: tokenConfig(options.tokens, host) } }),
      ...(options.sparseIndexes && { validation: { manifests: { indexes: { platforms: 'none' } } } }),
      ...(options.foreignLayers && { validation: { manifests: { urls: { allow: ['^https?://'] } } } }),
    }),
  );

  const accessLogFile = join(folder.path, 'access.log');
  const server = await startServer({
    name: `the registry on ${host}`,
    command: program,
    args: ['serve', config],
    // Distribution 3 would send its traces to a collector.
    env: { OTEL_TRACES_EXPORTER: 'none' },
    logFile: join(folder.path, 'log'),
    outputFile: accessLogFile,
  });
  const url = `${tls ? 'https' : 'http'}://${host}`;
  const credentials = options.user && `${options.user.name}:${options.user.password}`;
  const ping = (query = '') => get(`${url}/v2/${query}`, tls?.caFile, credentials, tls?.client);
  const stop = async (): Promise<void> => {
    await server.stop();
    await folder.remove();
  };
  try {
    const ready = options.tokens ? 401 : 200;
    await server.untilReady(async () => (await ping()) === ready, 10);
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
    ...(tls?.client && { clientCertificate: tls.client }),
    pid: server.pid,
    async requests() {
      if (!accessLog) throw new Error('start the registry with accessLog: true to see its requests');
      return accessLog.requests();
    },
    stop,
  };
}

function programAsked(): RegistryProgram {
  const asked = process.env['TEST_REGISTRY'] ?? 'Distribution 2.8';
  if (asked in REGISTRIES) return asked as RegistryProgram;
  throw new Error(`TEST_REGISTRY is '${asked}', and not one of ${Object.keys(REGISTRIES).join(', ')}`);
}

interface Tls {
  readonly config: object;
  readonly caFile: string;
  readonly client?: Certificate;
}

async function makeTls(folder: string, options: NonNullable<RegistryOptions['tls']>): Promise<Tls> {
  const authority = await createAuthority(folder, 'registry-ca');
  const names = ['127.0.0.1', 'localhost', ...(options.names ?? [])];
  const { certFile, keyFile } = await authority.issueServer('registry', names);
  const config = { certificate: certFile, key: keyFile };
  if (options.clients !== true) return { config, caFile: authority.certFile };
  const client = await authority.issueClient('client', 'robot');
  return { config: { ...config, clientcas: [authority.certFile] }, caFile: authority.certFile, client };
}

function tokenConfig({ server, realm }: NonNullable<RegistryOptions['tokens']>, service: string): object {
  return { realm: realm ?? server.realm, service, issuer: server.issuer, rootcertbundle: server.certificateFile };
}
