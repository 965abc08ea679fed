// What VS Code calls inside the extension host: runs the suites that were compiled next to this module.
import { globSync, writeFileSync } from 'node:fs';
import { format } from 'node:util';
import type { Runner } from 'mocha';

import { beginOutsideWatch } from './outside-watch.ts';

/** Left in the file that HOST_TEST_RESULT names, so that the outside can tell a crash from a run without failures. */
export interface HostResult {
  passed: number;
  failed: number;
  pending: number;
}

/** Generous: this machine may be slow, and a test that hangs is a failure anyway. */
const testMilliseconds = 60_000;

export async function run(): Promise<void> {
  // Now, and not in a suite: VS Code activates the extension a moment later.
  beginOutsideWatch();
  // Not a static import: that would be compiled to require(), which gives another thing on Node 22 than on Node 24.
  const { default: Mocha } = await import('mocha');
  // VS Code's workbench writes to the same log; the mark tells the tests' lines from its chatter.
  const mark = process.env['HOST_TEST_MARK'] ?? '';
  // As mocha declares it, where only reporters are meant to write.
  Object.assign(Mocha.reporters.Base, { consoleLog: (...args: unknown[]) => console.log(mark + format(...args)) });
  const only = process.env['HOST_TEST_GREP'];
  const mocha = new Mocha({ ui: 'bdd', timeout: testMilliseconds, color: true, ...(only ? { grep: only } : {}) });
  for (const file of globSync('**/*.test.cjs', { cwd: __dirname }).sort()) mocha.addFile(`${__dirname}/${file}`);
  const { failures, stats } = await new Promise<Runner>((resolve) => {
    const runner = mocha.run(() => resolve(runner));
  });
  const result: HostResult = { passed: stats?.passes ?? 0, failed: failures, pending: stats?.pending ?? 0 };
  const file = process.env['HOST_TEST_RESULT'];
  if (file) writeFileSync(file, JSON.stringify(result));
  if (failures > 0) throw new Error(`${failures} failed`);
}
