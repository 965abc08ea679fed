// What the benchmark makes of its figures.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import type { CompetitorResult } from '../../../bench/bench-shape.ts';
import { documentMarkdown } from '../../../bench/document.ts';
import { measure } from '../../../bench/measure.ts';
import { isReached, markdown, median, ratioTo, ratioToBest, type Row, summary } from '../../../bench/report.ts';
import { type Goal, makeShapes } from '../../../bench/shapes.ts';
import { startCost } from '../../../bench/start.ts';

const runs = (...seconds: readonly number[]): CompetitorResult => ({
  runs: seconds.map((value, round) => ({ round, seconds: value, cpuSeconds: value / 2, memory: 100e6 })),
});
const [large] = makeShapes(false);
if (large === undefined) throw new Error('no shapes');
const row = (competitors: Row['result']['competitors'], change: Partial<Row['shape']> = {}): Row => ({
  shape: { ...large, ...change },
  result: { competitors, bytes: 100e6 },
});

describe('the benchmark', () => {
  test('compares runs of the same round, and takes the median of the ratios', () => {
    // The machine was slow in the second round.
    const measured = row({ ours: runs(1, 9, 1.2), crane: runs(2, 10, 2) });
    assert.deepEqual(ratioTo(measured, 'crane'), { to: 'crane', median: 0.6, least: 0.5, most: 0.9 });
    assert.equal(ratioTo(measured, 'oras'), undefined);
    // A peer that was only measured in the first rounds.
    assert.equal(ratioTo(row({ ours: runs(1, 9, 1.2), crane: runs(2) }), 'crane')?.median, 0.5);
  });

  test('takes the fastest of the others as the best one, whatever its name', () => {
    const measured = row({ ours: runs(1), imgpkg: runs(4), crane: { runs: [], absent: 'fails' }, skopeo: runs(2) });
    assert.equal(ratioToBest(measured)?.to, 'skopeo');
    assert.equal(ratioToBest(row({ ours: runs(1) })), undefined);
  });

  test('knows whether a goal is reached, and when that was not measured', () => {
    const reached = (goal: Goal, result: Row) => isReached(result, goal);
    const measured = row({ ours: runs(1), http: runs(0.95), imgpkg: runs(2) }, { bytesPerSecond: 97e6 });
    assert.equal(reached({ kind: 'ratio', to: 'best', most: 0.5 }, measured), true);
    assert.equal(reached({ kind: 'ratio', to: 'imgpkg', most: 0.49 }, measured), false);
    assert.equal(reached({ kind: 'ratio', to: 'crane', most: 1 }, measured), undefined);
    assert.equal(reached({ kind: 'ratio', to: 'http', most: 1.1 }, measured), true);
    assert.equal(reached({ kind: 'memory', most: 99 }, measured), false);
    // 100 MB would take 1.03 s on this line.
    assert.equal(reached({ kind: 'line', least: 0.97 }, measured), true);
    assert.equal(reached({ kind: 'line', least: 0.97 }, row({ ours: runs(2) }, { bytesPerSecond: 97e6 })), false);
    const refused = row({ ours: { runs: [{ round: 0, seconds: 1, cpuSeconds: 1, memory: 1, refused: 0.06 }] } });
    assert.equal(reached({ kind: 'refused', most: 0.05 }, refused), false);
    assert.equal(reached({ kind: 'refused', most: 0.05 }, measured), undefined);
    assert.equal(startCost({ node: [10, 30, 10], ours: [50, 60, 80] }), 40);
    assert.equal(median([3, 1, 2, 4]), 2);
  });

  test('says in its tables who did not take part, and why', () => {
    const measured = row(
      {
        ours: { ...runs(1.234, 1.1), requests: { source: { GET: 3 }, destination: { PUT: 2, HEAD: 1 } } },
        crane: { runs: [], absent: 'no time left' },
        oras: runs(2),
      },
      { absent: 'skopeo: it has no list' },
    );
    const text = markdown([measured]);
    assert.match(text, /\| 4 × 100 MB \| 1\.10 \(1\.10–1\.23\) \| – \| – \| 2\.00 \(once\) \| – \| – \|/);
    assert.match(text, /\| 3 GET; 1 HEAD, 2 PUT \| – \|/);
    assert.match(text, /^- 4 × 100 MB: skopeo: it has no list\.\n- 4 × 100 MB: no time left: crane\.$/m);
    assert.match(summary([measured]), /\| 4 × 100 MB \| 1\.10 s \| – \| oras, 2\.00 s \| 0\.62 \|/);
    const document = {
      date: '2026-01-02T03',
      machine: '2 cores',
      versions: { Node: 'v24' },
      runs: 5,
      rows: [measured],
    };
    const whole = documentMarkdown({ ...document, load: { before: '0', after: '1' } });
    assert.match(whole, /^2026-01-02; 2 cores; Node v24; up to 5 runs each; load average before 0, after 1\.\n/);
    assert.match(whole, /\nGoals: 0 of 1 reached\.$/);
  });
});

describe('a measurement', () => {
  const env = {};

  test('includes the processes that a program starts', async () => {
    const burn = 'while (process.cpuUsage().user < 200_000);';
    const nested = ['/bin/sh', '-c', `"${process.execPath}" -e '${burn}' & "${process.execPath}" -e '${burn}'; wait`];
    const { seconds, cpuSeconds, memory } = await measure(nested, { env, timeout: 120_000 });
    assert.ok(seconds >= 0.2 && cpuSeconds >= 0.4, `${seconds} s, ${cpuSeconds} s of CPU`);
    // That of the shells would be less than a tenth of it.
    assert.ok(memory > 30e6, `${memory} bytes`);
  });

  test('hands over the input, and fails with what a program says', async () => {
    await measure(['/bin/sh', '-c', 'test "$(cat)" = given'], { env, input: 'given', timeout: 60_000 });
    await assert.rejects(
      measure(['/bin/sh', '-c', 'echo why >&2; exit 3'], { env, timeout: 60_000 }),
      /ended with 3: why/,
    );
    await assert.rejects(measure(['/bin/sleep', '600'], { env, timeout: 100 }), /takes longer than 0\.1 s/);
  });
});
