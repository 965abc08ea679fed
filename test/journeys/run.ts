// Runs the journeys: packages the extension once, then one journey after the other (each has a whole VS Code to itself).
// `node test/journeys/run.ts [file …]`
// A browser that drives a whole VS Code on a busy machine sometimes loses a click. So a file that failed runs once more, and
// what passed only then is named at the end: a fault of ours fails twice, and a name that keeps coming back is one too.
import { globSync } from 'node:fs';
import { join, relative } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { fileURLToPath } from 'node:url';
import { packagedExtension } from '../support/vscode/vsix.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

interface Counts {
  passed: number;
  failed: number;
  /** Something failed, be it a test or what a suite does before and after its tests. */
  broken: boolean;
}

/** Runs the files, and notes what came of each; what was noted of it before is forgotten. */
async function runFiles(files: readonly string[], results: Map<string, Counts>): Promise<void> {
  for (const file of files) results.set(file, { passed: 0, failed: 0, broken: false });
  const countOf = (file: string | undefined): Counts | undefined => results.get(relative(root, file ?? ''));
  const events = run({ files: files.map((file) => join(root, file)), concurrency: 1 });
  events.on('test:pass', ({ details, file, skip }) => {
    const counts = countOf(file);
    if (counts && details.type !== 'suite' && skip === undefined) counts.passed++;
  });
  events.on('test:fail', ({ details, file }) => {
    const counts = countOf(file);
    if (counts === undefined) return;
    counts.broken = true;
    if (details.type !== 'suite') counts.failed++;
  });
  for await (const text of events.compose(spec)) process.stdout.write(text);
}

process.env['VSIX'] = await packagedExtension();
const asked = process.argv.slice(2);
const files = asked.length > 0 ? asked : globSync('test/journeys/**/*.test.ts', { cwd: root }).sort();
const results = new Map<string, Counts>();
/** A file in which nothing passed has failed, whatever it says. */
const failedFiles = () =>
  files.filter((file) => results.get(file)?.broken !== false || results.get(file)?.passed === 0);
await runFiles(files, results);
const again = failedFiles();
if (again.length > 0) {
  console.log(`\nOnce more, because they failed: ${again.join(', ')}`);
  await runFiles(again, results);
  for (const file of again) {
    console.log(`${file}: failed${failedFiles().includes(file) ? ' twice' : ', then passed at the second attempt'}`);
  }
}
const sum = (key: 'passed' | 'failed') => [...results.values()].reduce((total, counts) => total + counts[key], 0);
console.log(`journeys: ${sum('passed')} passed, ${Math.max(sum('failed'), failedFiles().length)} failed`);
process.exitCode = failedFiles().length === 0 && files.length > 0 ? 0 : 1;
