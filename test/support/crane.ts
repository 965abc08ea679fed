import { join } from 'node:path';

import { get } from './http-status.ts';
import { makeTemporaryFolder } from './lifetime.ts';
import { freePort } from './ports.ts';
import type { Registry } from './registry.ts';
import { startServer } from './server-process.ts';
import { ensureCrane } from './setup/crane.mjs';

/** Starts the registry of go-containerregistry on a loopback port. It keeps manifests in memory and blobs on disk. */
export async function startCrane(): Promise<Registry> {
  const program = await ensureCrane();
  const folder = await makeTemporaryFolder('crane');
  const host = `127.0.0.1:${await freePort()}`;
  const url = `http://${host}`;
  const server = await startServer({
    name: `crane registry serve on ${host}`,
    command: program,
    args: ['registry', 'serve', '--address', host, '--disk', folder.path],
    env: { HOME: folder.path },
    logFile: join(folder.path, 'log'),
  });
  const stop = async (): Promise<void> => {
    await server.stop();
    await folder.remove();
  };
  try {
    await server.untilReady(async () => (await get(`${url}/v2/`)) === 200, 10);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    host,
    url,
    root: folder.path,
    pid: server.pid,
    requests: () => Promise.reject(new Error('crane writes no log of requests: put a proxy before it')),
    stop,
  };
}
