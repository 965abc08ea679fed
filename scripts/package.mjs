// `node scripts/package.mjs [file.vsix]`: builds, and packages the extension. No network, no repository field needed.
import { spawnSync } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const vsix = resolve(process.argv[2] ?? `${root}dist/carvel-airgap.vsix`);

/** @param {string[]} args */
function node(...args) {
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
  if (status !== 0) process.exit(status ?? 1);
}

node(`${root}scripts/build.mjs`);
await mkdir(dirname(vsix), { recursive: true });
const vsce = `${root}node_modules/@vscode/vsce/vsce`;
node(vsce, 'package', '--no-dependencies', '--allow-missing-repository', '--no-rewrite-relative-links', '--out', vsix);
console.log(vsix);
