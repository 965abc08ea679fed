// A plan says how long it will take once something was copied the same way.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';

import { carvelAirgap } from '../support/cli.ts';
import { makeTemporaryFolder } from '../support/lifetime.ts';
import { RawRepository } from '../support/raw-registry.ts';
import { startRegistry } from '../support/registry.ts';

test('a plan shows how long the copy takes at the last measured rate', async (context) => {
  const registry = await startRegistry();
  context.after(() => registry.stop());
  const state = await makeTemporaryFolder('state');
  context.after(() => state.remove());
  const env = { XDG_STATE_HOME: state.path };
  for (const tag of ['one', 'two']) {
    await new RawRepository(registry.host, `app/${tag}`).pushImage('1.0.0', [randomBytes(6 * 1024 * 1024)]);
  }
  const args = (tag: string) => [
    'copy',
    '-i',
    `${registry.host}/app/${tag}:1.0.0`,
    '--to-repo',
    `localhost:${port}/to`,
  ];
  const port = registry.host.split(':')[1] ?? '';
  const before = await carvelAirgap([...args('two'), '--plan'], { env });
  assert.doesNotMatch(before.stdout, /Estimated time/);
  const copied = await carvelAirgap(args('one'), { env });
  assert.equal(copied.code, 0, copied.stderr);
  const { stdout } = await carvelAirgap([...args('two'), '--plan'], { env });
  assert.match(stdout, /^Estimated time: \d+ s$/m);
  const json = await carvelAirgap([...args('two'), '--plan', '--json'], { env });
  const plan = JSON.parse(json.stdout) as { totals: { secondsExpected: number; bytesToCopy: number } };
  assert.ok(plan.totals.secondsExpected > 0 && plan.totals.secondsExpected < 3600, String(plan.totals.secondsExpected));
  const there = await carvelAirgap([...args('one'), '--plan'], { env });
  assert.doesNotMatch(there.stdout, /Estimated time/);
});
