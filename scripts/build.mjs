// `npm run build`: the bundles of dist/. CommonJS, because VS Code and older Nodes load that without a flag.
import { build } from 'esbuild';
import { chmod, readFile, rm } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { bundledComponents, writeThirdParty } from './lib/third-party.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const entries = {
  extension: 'src/extension.ts',
  registries: 'src/workbench/registries/registry-room.ts',
  engine: 'src/relocation/process/main.ts',
  cluster: 'src/cluster/main.ts',
  cli: 'src/cli/main.ts',
};

await rm(`${root}dist`, { recursive: true, force: true });
const metafiles = [];
for (const [name, entry] of Object.entries(entries)) {
  if (!existsSync(root + entry)) continue;
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: [entry],
    outfile: `dist/${name}.cjs`,
    metafile: true,
    bundle: true,
    format: 'cjs',
    platform: 'node',
    target: 'node22',
    external: ['vscode'],
    minify: true,
    sourcemap: 'linked',
    legalComments: 'none',
    logLevel: 'warning',
  });
  metafiles.push(metafile);
}
if (existsSync(`${root}dist/cli.cjs`)) await chmod(`${root}dist/cli.cjs`, 0o755);
const own = JSON.parse(await readFile(`${root}package.json`, 'utf8'));
await writeThirdParty(`${root}dist`, await bundledComponents(root, metafiles), own);
