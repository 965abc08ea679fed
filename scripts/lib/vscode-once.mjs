// @ts-check
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

/** A line of VS Code's declarations that declares a name which exists at run time. */
const VALUE = /^\texport (?:abstract )?(?:class|enum|namespace|const|function|let) (\w+)/gm;

/**
 * Destructures `vscode` once for the complete bundle. By default, esbuild copies that module with its two hundred names
 * for each of the more than one hundred files that import it, which took a third of the bundle's loading time.
 * @returns {import('esbuild').Plugin}
 */
export function vscodeOnce() {
  return {
    name: 'vscode-once',
    setup(build) {
      build.onResolve({ filter: /^vscode$/ }, ({ path, kind }) =>
        kind === 'import-statement' ? { path, namespace: 'vscode-once' } : undefined,
      );
      build.onLoad({ filter: /.*/, namespace: 'vscode-once' }, async () => {
        const types = await readFile(createRequire(import.meta.url).resolve('@types/vscode/index.d.ts'), 'utf8');
        const names = new Set([...types.matchAll(VALUE)].map(([, name]) => name));
        // esbuild removes an unused call that is marked as pure, but not an unused property access.
        const values = [...names].map((name) => `export const ${name} = /* @__PURE__ */ (() => vscode.${name})();`);
        return { contents: ["const vscode = require('vscode');", ...values].join('\n'), resolveDir: '/' };
      });
    },
  };
}
