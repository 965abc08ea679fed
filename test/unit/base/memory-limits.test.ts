import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';

const MODULE = new URL('../../../src/base/memory-limits.ts', import.meta.url).href;

/** Allocates much, of which each piece lives for a while, in another process. */
const SCRIPT = `
  import { limitMemory, youngGeneration } from ${JSON.stringify(MODULE)};
  limitMemory();
  const atFirst = youngGeneration();
  const recent = [];
  for (let turn = 0; turn < 200; turn++) {
    for (let each = 0; each < 5000; each++) recent.push({ turn, each, text: [turn, each, turn] });
    if (recent.length > 100_000) recent.splice(0, 50_000);
    await new Promise((resolve) => setImmediate(resolve));
  }
  console.log(JSON.stringify([atFirst, youngGeneration()]));
`;

test('the space for new objects has its size from the start, however much is allocated', () => {
  const args = ['--input-type=module', '--eval', SCRIPT];
  const output = execFileSync(process.execPath, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  const [atFirst, atLast] = (JSON.parse(output) as number[]).map((bytes) => bytes / 1024 / 1024);
  assert.equal(Math.round(atFirst ?? 0), 8);
  // While it is collected, a few pages more may be in use; growth would double it.
  assert.ok((atLast ?? Infinity) < 12, `${atLast} MiB`);
});
