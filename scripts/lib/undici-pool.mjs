// @ts-check
import { dirname, sep } from 'node:path';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const own = `${fileURLToPath(new URL('../../src', import.meta.url))}${sep}`;

/** What its index does for a pool's `request`. */
const POOL = `
  import request from './lib/api/api-request.js';
  import Dispatcher from './lib/dispatcher/dispatcher.js';
  import Pool from './lib/dispatcher/pool.js';
  Dispatcher.prototype.request = request;
  export { Pool };
`;

/**
 * Of undici our own code takes the pool and its `request` alone. Its index brings fetch, WebSocket, caches and mocks along,
 * a quarter of what each process that talks to a registry would load. What imports another name of it fails to build.
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
