// @ts-check
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

/** What a line of VS Code's declarations names that is there while the program runs. */
const VALUE = /^\texport (?:abstract )?(?:class|enum|namespace|const|function|let) (\w+)/gm;

/**
 * Takes `vscode` to pieces once for the whole bundle. By itself, esbuild makes a copy of that module, with its two hundred
 * names, for each file that imports it: more than a hundred files, and a third of the time that loading the bundle took.
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
        // A call that is said to be pure is left out where nobody uses what it gives; to read a property may not be.
        const values = [...names].map((name) => `export const ${name} = /* @__PURE__ */ (() => vscode.${name})();`);
        return { contents: ["const vscode = require('vscode');", ...values].join('\n'), resolveDir: '/' };
      });
    },
  };
}
