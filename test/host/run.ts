// Runs the host suites: the tests that live inside VS Code's extension host and see its API.
//
// VSCODE_TEST_EXECUTABLE names an installed desktop VS Code, or is `download`; unset, the suites run in the VS Code server
// of the test bench. `node test/host/run.ts oldest` takes the oldest of those that the extension promises to run in.
import { runTests } from '@vscode/test-electron';
import { mkdir, readFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeTemporaryFolder } from '../support/lifetime.ts';
import { buildSuites } from './build-suites.ts';
import type { HostResult } from './suite/index.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

const isOldest = process.argv[2] === 'oldest';
if (isOldest) process.env['CODE_SERVER_VERSION'] = 'oldest';
process.exitCode = (await runHostSuites()) ? 0 : 1;

async function runHostSuites(): Promise<boolean> {
  const asked = process.env['VSCODE_TEST_EXECUTABLE'];
  const executable = asked || join(root, 'test/support/vscode/executable.ts');
  const temporary = await makeTemporaryFolder('host');
  const folder = temporary.path;
  const workspace = join(folder, 'workspace');
  const resultFile = join(folder, 'result.json');
  try {
    await mkdir(workspace);
    const extensionTestsPath = await buildSuites();
    await runTests({
      ...(executable !== 'download' && { vscodeExecutablePath: executable }),
      extensionDevelopmentPath: root,
      extensionTestsPath,
      launchArgs: [
        workspace,
        `--user-data-dir=${join(folder, 'user')}`,
        `--extensions-dir=${join(folder, 'extensions')}`,
      ],
      extensionTestsEnv: {
        HOST_TEST_RESULT: resultFile,
        HOST_TEST_FOLDER: folder,
        ...(isOldest && { HOST_TEST_OLDEST: 'yes' }),
        // The executable is a script of the project's Node, whichever `node` is first on the PATH here.
        PATH: `${dirname(process.execPath)}${delimiter}${process.env['PATH']}`,
      },
    }).catch((error: unknown) => console.error(String(error)));
    const result = await readResult(resultFile);
    if (!result) console.error('VS Code ended before the tests did.');
    const { passed, failed, pending } = result ?? { passed: 0, failed: 1, pending: 0 };
    console.log(`host: ${passed} passed, ${failed} failed${pending > 0 ? `, ${pending} skipped` : ''}`);
    return failed === 0 && passed > 0;
  } finally {
    await temporary.remove();
  }
}

async function readResult(file: string): Promise<HostResult | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as HostResult;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
