// The suites in the form the extension host loads: one CommonJS file each, next to the module that runs them.
import { build } from 'esbuild';
import { globSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Below the extension's folder, so that VS Code answers `require('vscode')`, and mocha is found in node_modules. */
const outdir = join(root, 'test-output/host');

/** @returns the path of the module that exports run() */
export async function buildSuites(): Promise<string> {
  await rm(outdir, { recursive: true, force: true });
  await build({
    absWorkingDir: root,
    entryPoints: ['test/host/suite/index.ts', ...globSync('test/host/suite/**/*.test.ts', { cwd: root })],
    outbase: 'test/host/suite',
    outdir,
    outExtension: { '.js': '.cjs' },
    bundle: true,
    format: 'cjs',
    platform: 'node',
    target: 'node22',
    external: ['vscode', 'mocha'],
    sourcemap: 'inline',
    logLevel: 'warning',
  });
  return join(outdir, 'index.cjs');
}
