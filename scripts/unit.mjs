// @ts-check
// `npm run test:unit`: all unit tests, in a few processes side by side. Much of their time is spent waiting, and most of the
// time of a process per file would be spent starting it. `npm run test:unit -- test/unit/oci/digest.test.ts` runs only some.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const PROCESSES = 6;
const OPTIONS = ['--test', '--test-isolation=none', '--test-timeout=120000', '--test-reporter=spec'];

/** @param {string[]} files */
async function run(files) {
  const child = spawn(process.execPath, [...OPTIONS, ...files], { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text) => (output += text));
  const [code] = await once(child, 'close');
  process.stdout.write(output);
  const count = (/** @type {string} */ name) =>
    Number([...output.matchAll(new RegExp(`^ℹ ${name} (\\d+)$`, 'gm'))].at(-1)?.[1] ?? 0);
  const failed = count('fail') + count('cancelled');
  const passed = count('pass');
  // A process that ran nothing, or ended badly without a failed test, has failed.
  return {
    passed,
    failed: failed === 0 && (code !== 0 || passed === 0) ? 1 : failed,
    skipped: count('skipped') + count('todo'),
  };
}

const asked = process.argv.slice(2);
const files = asked.length > 0 ? asked : globSync('test/unit/**/*.test.ts', { cwd: root }).sort();
// Dealt out in turn, because files of one folder wait for the same kind of thing.
const groups = Array.from({ length: Math.min(PROCESSES, files.length) }, (_, group) =>
  files.filter((_, index) => index % PROCESSES === group),
);
const results = await Promise.all(groups.map(run));
/** @param {'passed' | 'failed' | 'skipped'} key */
const sum = (key) => results.reduce((total, result) => total + result[key], 0);
const failed = files.length === 0 ? 1 : sum('failed');
console.log(`\nunit: ${sum('passed')} passed, ${failed} failed, ${sum('skipped')} skipped`);
process.exitCode = failed === 0 ? 0 : 1;
