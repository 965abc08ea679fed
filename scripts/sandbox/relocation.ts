import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

import { fixtureTar } from '../../test/support/fixture.ts';

const cli = fileURLToPath(new URL('../../dist/cli.cjs', import.meta.url));

/** Puts the sample into the vendor's registry, quietly. */
export async function importSample(vendor: string): Promise<void> {
  await carvelAirgap(['copy', '--tar', fixtureTar, '--to-repo', `${vendor}/vendor/example-packages`], 'ignore');
}

/** The main job, in the terminal. */
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

async function carvelAirgap(args: readonly string[], output: 'ignore' | 'inherit'): Promise<void> {
  const child = spawn(process.execPath, [cli, ...args], {
    stdio: ['ignore', output, output === 'ignore' ? 'pipe' : output],
  });
  let said = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (said += text));
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) throw new Error(`carvel-airgap ${args.join(' ')} ended with ${code}\n${said}`);
}
