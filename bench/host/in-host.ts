import { build } from 'esbuild';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { makeTemporaryFolder } from '../../test/support/lifetime.ts';
import { startBrowser } from '../../test/support/vscode/browser.ts';
import { runInHost } from '../../test/support/vscode/run-in-host.ts';
import { startServer } from '../../test/support/vscode/server.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** The names of the environment by which a module inside knows its files. */
export const PLAN_FILE = 'BENCH_PLAN';
export const RESULT_FILE = 'BENCH_RESULT';

/**
 * Starts a fresh VS Code with the extension as it was built, and runs a module of `inside/` in its extension host.
 * @param plan makes what the module reads at PLAN_FILE; is given VS Code's folder of the user's data
 * @returns what the module left at RESULT_FILE
 */
export async function inHost<Result>(
  module: string,
  plan: (userData: string) => unknown,
  minutes: number,
): Promise<Result> {
  const temporary = await makeTemporaryFolder('bench-host');
  const file = (name: string) => join(temporary.path, name);
  try {
    const [userData, folder] = [file('user'), file('workspace')];
    await mkdir(folder);
    await writeFile(file('plan.json'), JSON.stringify(await plan(userData)));
    const server = await startServer({
      smokeTestDriver: true,
      userDataDir: userData,
      // VS Code would start programs in the extension host to look for ports, because there are new connections.
      settings: { 'remote.autoForwardPorts': false },
      env: { [PLAN_FILE]: file('plan.json'), [RESULT_FILE]: file('result.json') },
    });
    const browser = await startBrowser();
    try {
      const lines: string[] = [];
      const code = await runInHost({
        server,
        page: await browser.newPage({ viewport: { width: 1280, height: 800 } }),
        extensions: [root],
        module: await built(module),
        folder,
        onLine: (line) => lines.push(line),
        signal: AbortSignal.timeout(Math.ceil(minutes * 60_000)),
      });
      if (code !== 0) throw new Error(`${module} ended with ${code}:\n${lines.join('\n')}`);
      return JSON.parse(await readFile(file('result.json'), 'utf8')) as Result;
    } finally {
      await browser.close();
      await server.stop();
    }
  } finally {
    await temporary.remove();
  }
}

/** As the extension host loads it; below the extension's folder, so that VS Code answers `require('vscode')`. */
async function built(module: string): Promise<string> {
  const outfile = join(root, 'test-output/bench-host', `${module}.cjs`);
  await build({
    absWorkingDir: root,
    entryPoints: [`bench/host/inside/${module}.ts`],
    outfile,
    bundle: true,
    format: 'cjs',
    platform: 'node',
    target: 'node22',
    external: ['vscode'],
    logLevel: 'warning',
  });
  return outfile;
}
