// `npm run package`, or `node scripts/package.mjs file.vsix`: builds and packages the extension. Needs no network and
// no repository field. The same commit always produces the same bytes.
import { spawnSync } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import { extensionPage } from './lib/extension-page.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const { name, version } = JSON.parse(await readFile(`${root}package.json`, 'utf8'));
const vsix = resolve(process.argv[2] ?? `${root}${name}-${version}.vsix`);

/** What a zip contains besides its files: their times (here the earliest possible) and their order. */
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
const page = 'dist/page.md';
await writeFile(root + page, extensionPage(await readFile(`${root}README.md`, 'utf8')));
// package.json names no repository from which vsce could build links.
const flags = ['--no-dependencies', '--allow-missing-repository', '--no-rewrite-relative-links'];
node(vsce, 'package', ...flags, '--readme-path', page, '--out', vsix);
console.log(vsix);
