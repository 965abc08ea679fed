import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const cli = fileURLToPath(new URL('../../dist/cli.cjs', import.meta.url));

/** Relocates a sample as a user would in a terminal. */
export async function relocateSample(vendor: string, airgap: string): Promise<void> {
  const args = [
    'copy',
    '-b',
    `${vendor}/vendor/example-packages:v1.0.0`,
    '--to-repo',
    `${airgap}/mirror/example-packages`,
  ];
  console.log(`\n$ carvel-airgap ${args.join(' ')}`);
  await carvelAirgap(args, 'inherit');
  console.log('');
}

/** @throws Error with the program's output if it fails */
export async function carvelAirgap(args: readonly string[], output: 'ignore' | 'inherit'): Promise<void> {
  const child = spawn(process.execPath, [cli, ...args], {
    stdio: ['ignore', output, output === 'ignore' ? 'pipe' : output],
  });
  let said = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (said += text));
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) throw new Error(`carvel-airgap ${args.join(' ')} ended with ${code}\n${said}`);
}

/** Creates a folder for the PATH in which the command line is named `carvel-airgap`. */
export async function makeCommandFolder(parent: string): Promise<string> {
  const folder = join(parent, 'bin');
  await mkdir(folder);
  const script = `#!/bin/sh\nexec '${process.execPath}' '${cli}' "$@"\n`;
  await writeFile(join(folder, 'carvel-airgap'), script, { mode: 0o755 });
  return folder;
}
