// `node scripts/package.mjs [file.vsix]`: builds, and packages the extension. No network, no repository field needed. The same
// commit gives the same bytes, whenever and wherever it is packaged.
import { spawnSync } from 'node:child_process';
import { mkdir, readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const { name, version } = JSON.parse(await readFile(`${root}package.json`, 'utf8'));
const vsix = resolve(process.argv[2] ?? `${root}dist/${name}-${version}.vsix`);

/** What a zip says of its files beside their content: their time (here its earliest), and their order. */
const reproducible = { SOURCE_DATE_EPOCH: '315532800', TZ: 'UTC', LC_ALL: 'C' };

/** @param {string[]} args */
function node(...args) {
  const env = { ...process.env, ...reproducible };
  const { status } = spawnSync(process.execPath, args, { cwd: root, env, stdio: ['ignore', 'ignore', 'inherit'] });
  if (status !== 0) process.exit(status ?? 1);
}

node(`${root}scripts/build.mjs`);
await mkdir(dirname(vsix), { recursive: true });
const vsce = `${root}node_modules/@vscode/vsce/vsce`;
node(vsce, 'package', '--no-dependencies', '--allow-missing-repository', '--no-rewrite-relative-links', '--out', vsix);
console.log(vsix);
