// The packaged extension, as a user installs it.
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from '../setup/run.mjs';

const root = fileURLToPath(new URL('../../../', import.meta.url));

/**
 * @returns the path of the VSIX: the one in the environment variable VSIX (test/journeys/run.ts packages once for all
 * journeys), otherwise a new one built from the working tree
 */
export async function packagedExtension(): Promise<string> {
  const given = process.env['VSIX'];
  if (given) return given;
  const vsix = join(root, 'test-output', 'carvel-airgap.vsix');
  await run(process.execPath, [join(root, 'scripts/package.mjs'), vsix]);
  return vsix;
}

/** @returns the path of the VSIX of the extension that tests the driver */
export async function packagedProbe(): Promise<string> {
  const vsix = join(root, 'test-output', 'probe.vsix');
  const vsce = join(root, 'node_modules/@vscode/vsce/vsce');
  const args = ['package', '--no-dependencies', '--allow-missing-repository', '--skip-license', '-o', vsix];
  await mkdir(dirname(vsix), { recursive: true });
  await run(process.execPath, [vsce, ...args], { cwd: join(root, 'test/support/vscode/probe') });
  return vsix;
}
