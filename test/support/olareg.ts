import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { AccessLog } from './access-log.ts';
import { get } from './http-status.ts';
import { makeTemporaryFolder } from './lifetime.ts';
import { freePort } from './ports.ts';
import type { Registry } from './registry.ts';
import { startServer } from './server-process.ts';
import { ensureOlareg } from './setup/olareg.mjs';

export interface OlaregOptions {
  /** Logs a line for each request, so that requests can be counted. */
  readonly accessLog?: boolean;
  /** Maximum bytes of a page of referrers; default 4 MiB. */
  readonly referrersPage?: number;
  /** The storage of another registry, which is not deleted. */
  readonly storage?: string;
  /** The port of a restarted registry. */
  readonly port?: number;
}

/** Starts a real registry with the OCI 1.1 referrers API on a loopback port. */
export async function startOlareg(options: OlaregOptions = {}): Promise<Registry> {
  const program = await ensureOlareg();
  const folder = await makeTemporaryFolder('olareg');
  const root = options.storage ?? join(folder.path, 'storage');
  await mkdir(root, { recursive: true });
  const host = `127.0.0.1:${options.port ?? (await freePort())}`;
  const url = `http://${host}`;
  const accessLogFile = join(folder.path, 'access.log');
  const args = ['-addr', host, '-dir', root, `-access-log=${options.accessLog ?? false}`];
  const server = await startServer({
    name: `olareg on ${host}`,
    command: program,
    args: [...args, '-referrers-page', String(options.referrersPage ?? 0)],
    env: {},
    logFile: join(folder.path, 'log'),
    outputFile: accessLogFile,
  });
  const ping = (query = '') => get(`${url}/v2/${query}`);
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
    pid: server.pid,
    async requests() {
      if (!accessLog) throw new Error('start the registry with accessLog: true to see its requests');
      return accessLog.requests();
    },
    stop,
  };
}
