// `npm run build`: the bundles of dist/. CommonJS, because VS Code and older versions of Node load that without a flag.
import { build } from 'esbuild';
import { chmod, readFile, rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

import { kubernetesClient } from './lib/kubernetes-client.mjs';
import { bundledComponents, writeThirdParty } from './lib/third-party.mjs';
import { vscodeOnce } from './lib/vscode-once.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const entries = {
  extension: 'src/extension.ts',
  workbench: 'src/workbench/build-workbench.ts',
  registries: 'src/workbench/registries/registry-api.ts',
  engine: 'src/relocation/process/main.ts',
  cluster: 'src/cluster/main.ts',
  cli: 'src/cli/main.ts',
  'cli-commands': 'src/cli/run.ts',
  sigstore: 'src/trust/sigstore.ts',
  'mcp-sdk': 'src/mcp/sdk.ts',
  yaml: 'yaml',
};

/**
 * Bundles separately what the extension needs only when a document is opened, so that activation does not load and
 * compile it.
 * @type {import('esbuild').Plugin}
 */
const yamlApart = {
  name: 'yaml-apart',
  setup(bundle) {
    bundle.onResolve({ filter: /^yaml$/ }, () => ({ path: './yaml.cjs', external: true }));
  },
};

/**
 * Bundles separately the libraries that verify signatures, which the engine needs only with a policy.
 * @type {import('esbuild').Plugin}
 */
const sigstoreApart = {
  name: 'sigstore-apart',
  setup(bundle) {
    bundle.onResolve({ filter: /\/sigstore\.ts$/ }, ({ kind }) =>
      kind === 'dynamic-import' ? { path: './sigstore.cjs', external: true } : undefined,
    );
  },
};

/**
 * Bundles separately the SDK for agents, which only `carvel-airgap mcp` needs.
 * @type {import('esbuild').Plugin}
 */
const mcpSdkApart = {
  name: 'mcp-sdk-apart',
  setup(bundle) {
    bundle.onResolve({ filter: /\/mcp\/sdk\.ts$/ }, ({ kind }) =>
      kind === 'dynamic-import' ? { path: './mcp-sdk.cjs', external: true } : undefined,
    );
  },
};

/**
 * Bundles separately all of the command line except its first lines, which check the version of Node and enable its
 * cache of compiled code: that works for files loaded later.
 * @type {import('esbuild').Plugin}
 */
const cliCommandsApart = {
  name: 'cli-commands-apart',
  setup(bundle) {
    bundle.onResolve({ filter: /\/run\.ts$/ }, ({ kind }) =>
      kind === 'dynamic-import' ? { path: './cli-commands.cjs', external: true } : undefined,
    );
  },
};

/** @param {string} name of a bundle */
function apart(name) {
  if (name === 'cli') return [cliCommandsApart];
  return [...(name === 'workbench' ? [yamlApart] : []), ...(name === 'cli-commands' ? [mcpSdkApart] : [sigstoreApart])];
}

await rm(`${root}dist`, { recursive: true, force: true });
const metafiles = [];
for (const [name, entry] of Object.entries(entries)) {
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
    // The command line uses require(): Node's loader of ES modules takes longer to start than most of what it would load.
    supported: { 'dynamic-import': !name.startsWith('cli') },
    // An import that the `vscode` module does not have.
    logOverride: { 'import-is-undefined': 'error' },
    plugins: [vscodeOnce(), kubernetesClient(), ...apart(name)],
  });
  metafiles.push(metafile);
}
// The command line reads it as Latin-1 (src/cli/compiled-code.ts). esbuild escapes strings, but not regular expressions.
if (/[\u0080-\uffff]/.test(await readFile(`${root}dist/cli-commands.cjs`, 'utf8'))) {
  throw new Error(
    'A regular expression in dist/cli-commands.cjs contains characters beyond ASCII. Escape them: \\u00b5',
  );
}
// The page of the map runs in a webview, that is, in a browser.
const { metafile } = await build({
  absWorkingDir: root,
  entryPoints: {
    map: 'src/webview/main.ts',
    'map-style': 'src/webview/map.css',
    'map-colors': 'src/webview/standalone.css',
  },
  outdir: 'dist',
  metafile: true,
  bundle: true,
  format: 'iife',
  platform: 'browser',
  target: 'chrome138',
  minify: true,
  legalComments: 'none',
  logLevel: 'warning',
});
metafiles.push(metafile);
await chmod(`${root}dist/cli.cjs`, 0o755);
const own = JSON.parse(await readFile(`${root}package.json`, 'utf8'));
await writeThirdParty(`${root}dist`, await bundledComponents(root, metafiles), own);
