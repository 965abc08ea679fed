// @ts-check
// `npm start`: the main use case in a sandbox. Runs on the machine's own Node and installs what is missing; the sandbox
// itself runs on the project's Node.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

import { ensureInstalled, projectEnvironment, root } from './lib/installed.mjs';

const HELP = `npm start [-- flags]

Starts two registries on this machine, puts a sample bundle into the first, relocates it to the second, and serves
VS Code with both until Ctrl-C.

  --no-editor   end after the relocation
  --no-cluster  no Kubernetes cluster
`;

/**
 * Runs a program on the project's Node in this terminal. Ctrl-C reaches the program as well, which decides when to end.
 * @param {string[]} args
 */
async function node(...args) {
  const child = spawn('node', args, { cwd: root, env: projectEnvironment(), stdio: 'inherit' });
  const wait = () => undefined;
  const pass = () => child.kill('SIGTERM');
  process.on('SIGINT', wait);
  process.on('SIGTERM', pass);
  const [code] = await once(child, 'exit');
  process.off('SIGINT', wait);
  process.off('SIGTERM', pass);
  if (code !== 0) process.exit(code ?? 1);
}

const flags = process.argv.slice(2);
const unknown = flags.find((flag) => !['--no-editor', '--no-cluster', '--help'].includes(flag));
if (unknown !== undefined || flags.includes('--help')) {
  console.log(unknown === undefined ? HELP : `Unknown flag ${unknown}.\n\n${HELP}`);
  process.exit(unknown === undefined ? 0 : 1);
}
await ensureInstalled();
if (flags.includes('--no-editor')) {
  console.log('[set-up] Building the command line; a few seconds.');
  await node('scripts/build.mjs');
} else {
  console.log('[set-up] Building and packaging the extension; about ten seconds.');
  process.env['VSIX'] = join(root, 'test-output/carvel-airgap.vsix');
  await node('scripts/package.mjs', process.env['VSIX']);
}
await node('scripts/sandbox/main.ts', ...flags);
