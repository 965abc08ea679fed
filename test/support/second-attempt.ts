// Runs test files one after the other, repeats those that failed, and lists at the end those that passed only then: for
// tests with third-party programs that sometimes fail by themselves. A fault of ours fails twice, and a name that
// appears again and again is a fault as well.
import { join } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** A file that takes longer counts as failed. */
const fileMilliseconds = 20 * 60_000;

interface Counts {
  passed: number;
  failed: number;
  skipped: number;
  /** Something failed: a test, or the setup or cleanup of a suite. */
  broken: boolean;
}

const nothing: Counts = { passed: 0, failed: 0, skipped: 0, broken: true };

/** Runs the files and records their results, replacing earlier ones. */
async function runFiles(files: readonly string[], results: Map<string, Counts>): Promise<void> {
  for (const file of files) results.set(file, await runFile(file));
}

/** One run each, because the events of a test name the file that defines it, which may be a helper. */
async function runFile(file: string): Promise<Counts> {
  const counts = { passed: 0, failed: 0, skipped: 0, broken: false };
  const started = performance.now();
  const events = run({ files: [join(root, file)], concurrency: 1, timeout: fileMilliseconds });
  events.on('test:pass', ({ details, skip }) => {
    // Nothing is reported of the tests in a skipped suite, so it counts as one.
    if (skip !== undefined) counts.skipped++;
    else if (details.type !== 'suite') counts.passed++;
  });
  events.on('test:fail', ({ details }) => {
    counts.broken = true;
    if (details.type !== 'suite') counts.failed++;
  });
  for await (const text of events.compose(spec)) process.stdout.write(text);
  console.log(`${file}: ${((performance.now() - started) / 1000).toFixed(0)} s\n`);
  return counts;
}

/**
 * Sets the exit code of the process.
 * @param name the label of the printed total
 * @param files relative to the project's folder
 */
export async function runWithSecondAttempt(name: string, files: readonly string[]): Promise<void> {
  const results = new Map<string, Counts>();
  /** A file without any test has failed, whatever its result. */
  const isGood = ({ broken, passed, skipped }: Counts) => !broken && passed + skipped > 0;
  const failedFiles = () => files.filter((file) => !isGood(results.get(file) ?? nothing));
  await runFiles(files, results);
  const again = failedFiles();
  if (again.length > 0) {
    console.log(`\nOnce more, because they failed: ${again.join(', ')}`);
    await runFiles(again, results);
    for (const file of again) {
      console.log(`${file}: failed${failedFiles().includes(file) ? ' twice' : ', then passed at the second attempt'}`);
    }
  }
  const sum = (key: 'passed' | 'failed' | 'skipped') =>
    [...results.values()].reduce((total, counts) => total + counts[key], 0);
  const failed = Math.max(sum('failed'), failedFiles().length);
  console.log(`${name}: ${sum('passed')} passed, ${failed} failed, ${sum('skipped')} skipped`);
  process.exitCode = failedFiles().length === 0 && files.length > 0 ? 0 : 1;
}
