// @ts-check
import { dirname, sep } from 'node:path';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const own = `${fileURLToPath(new URL('../../src', import.meta.url))}${sep}`;

/** What undici's index does to provide a pool's `request`. */
const POOL = `
  import request from './lib/api/api-request.js';
  import Dispatcher from './lib/dispatcher/dispatcher.js';
  import Pool from './lib/dispatcher/pool.js';
  Dispatcher.prototype.request = request;
  export { Pool };
`;

/**
 * Our code uses only undici's pool and its `request`. The index would add fetch, WebSocket, caches and mocks: a quarter
 * of the code loaded by each process that talks to a registry. An import of another name fails the build.
 * @returns {import('esbuild').Plugin}
 */
export function undiciPool() {
  return {
    name: 'undici-pool',
    setup(build) {
      build.onResolve({ filter: /^undici$/ }, ({ path, importer }) =>
        importer.startsWith(own) ? { path, namespace: 'undici-pool' } : undefined,
      );
      build.onLoad({ filter: /.*/, namespace: 'undici-pool' }, () => ({
        contents: POOL,
        resolveDir: dirname(createRequire(import.meta.url).resolve('undici')),
      }));
    },
  };
}
