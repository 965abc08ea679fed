import assert from 'node:assert/strict';
import { test } from 'node:test';

import { judge, readResults } from '../../suite/verdict.ts';

const passing = readResults('=== RUN   TestA\n--- PASS: TestA (0.10s)\n    --- PASS: TestA/with_a_(b) (0.01s)\n');

test('reads the results of tests and subtests', () => {
  const results = readResults(
    '--- FAIL: TestA (1.00s)\n    --- FAIL: TestA/x (0.50s)\n--- SKIP: TestB (0.00s)\nFAIL\n',
  );
  assert.deepEqual(Object.fromEntries(results), { TestA: 'FAIL', 'TestA/x': 'FAIL', TestB: 'SKIP' });
  assert.deepEqual([...passing.keys()], ['TestA', 'TestA/with_a_(b)']);
});

test('equal results are a success', () => {
  assert.deepEqual(judge(passing, passing, ['TestB']), { passed: ['TestA', 'TestA/with_a_(b)'], problems: [] });
});

test('a suite that ran nothing has failed', () => {
  assert.equal(judge(new Map(), new Map(), []).problems.length, 2);
  assert.ok(judge(passing, new Map(), []).problems.length > 0);
});

for (const [title, theirs, ours] of [
  ['passes with imgpkg and fails here', passing, new Map([...passing, ['TestA', 'FAIL']])],
  ['passes with imgpkg and is skipped here', passing, new Map([...passing, ['TestA', 'SKIP']])],
  ['passes with imgpkg and is not run here', passing, new Map([['TestA', 'PASS']])],
  ['is run here only', new Map([['TestA', 'PASS']]), passing],
  ['fails with imgpkg without a reason', new Map([...passing, ['TestA', 'FAIL']]), passing],
] as const) {
  test(`a test that ${title} is a problem`, () => {
    const { problems } = judge(theirs as typeof passing, ours as typeof passing, []);
    assert.equal(problems.length, 1, problems.join('\n'));
  });
}

test('an excluded test that was run is a problem', () => {
  assert.match(judge(passing, passing, ['TestA']).problems.join('\n'), /^TestA: excluded, but run$/);
});
