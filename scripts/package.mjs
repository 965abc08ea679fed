// `node scripts/package.mjs [file.vsix]`: builds, and packages the extension. No network, no repository field needed.
import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const root = fileURLToPath(new URL('..', import.meta.url));
const vsix = resolve(process.argv[2] ?? `${root}dist/carvel-airgap.vsix`);
const run = promisify(execFile);

await run(process.execPath, [`${root}scripts/build.mjs`], { cwd: root });
await mkdir(dirname(vsix), { recursive: true });
await run(
  process.execPath,
  [`${root}node_modules/@vscode/vsce/vsce`, 'package', '--no-dependencies', '--allow-missing-repository', '-o', vsix],
  { cwd: root },
);
console.log(vsix);
