// Relocations under faults, kills and restarts that a seed chooses: registry to registry, to a tar, from a tar. However it
// went, in the end everything is there, and nothing else. `SEEDS=200 SEED=1 npm run test:random` runs that many from there.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { carvelAirgap } from '../support/cli.ts';
import type { Fault } from '../support/fault-proxy.ts';
import { makeTemporaryFolder, type TemporaryFolder } from '../support/lifetime.ts';
import { pick, type Random, randomFaults, randomOf } from './random-plan.ts';
import { assertWhole, LAYER, makeWorld, type World } from './world.ts';

const COUNT = Number(process.env['SEEDS'] ?? 3);
const FIRST = Number(process.env['SEED'] ?? 1);
/** Runs of one relocation until it has to be done; faults end after the fourth. */
const MOST_RUNS = 8;
/** A proxy that takes no bodies above 2 MiB: then the large layer goes up in chunks. */
const BODY_LIMIT: Fault = {
  method: 'PUT',
  path: /\/blobs\/uploads\//,
  least: 2 * 1024 * 1024 + 1,
  times: Number.POSITIVE_INFINITY,
  action: { do: 'answer', status: 413 },
};
const WAYS = ['registry to registry', 'to a tar', 'from a tar'] as const;

describe('a relocation under random faults', () => {
  let world: World;
  let folder: TemporaryFolder;
  let tar = '';
  let expected = '';

  before(async () => {
    world = await makeWorld();
    folder = await makeTemporaryFolder('random');
    tar = join(folder.path, 'source.tar');
    assert.equal((await carvelAirgap(['copy', '-i', reference(), '--to-tar', tar])).code, 0);
    expected = await digestOf(tar);
  });
  after(async () => {
    await folder?.remove();
    await world?.stop();
  });

  const reference = () => `${world.from.host}/${world.image.path}:v1`;

  for (let seed = FIRST; seed < FIRST + COUNT; seed++) {
    const random = randomOf(seed);
    const way = pick(random, WAYS);
    test(`seed ${seed}: ${way}`, { timeout: 300_000 }, async () => {
      const home = join(folder.path, `seed-${seed}`);
      const path = `random/seed-${seed}`;
      const output = join(home, 'copy.tar');
      const source = way === 'from a tar' ? ['--tar', tar] : ['-i', reference()];
      const to = way === 'to a tar' ? ['--to-tar', output] : ['--to-repo', `${world.to.host}/${path}`];
      const args = [
        'copy',
        ...source,
        ...to,
        '--stall-timeout',
        '700ms',
        '--registry-response-header-timeout',
        '900ms',
      ];
      await mkdir(home, { recursive: true });
      const story: string[] = [];
      const isDone = await untilDone(random, args, home, story);
      assert.ok(isDone, story.join('\n'));
      if (way === 'to a tar') {
        assert.equal(await digestOf(output), expected, story.join('\n'));
        assert.deepEqual(
          (await readdir(home)).filter((name) => name !== 'carvel-airgap'),
          ['copy.tar'],
        );
      } else await assertWhole(world, path);
      assert.deepEqual(await readdir(join(home, 'carvel-airgap')).catch(() => []), []);
      const leaked = [...world.from.passed, ...world.to.passed].filter(
        ({ headers }) => headers.authorization !== undefined,
      );
      assert.deepEqual(leaked, []);
    });
  }

  /** Kills a run when so many bytes have passed both proxies; until then it looks every few milliseconds. */
  function killAfter(bytes: number, kill: (signal: NodeJS.Signals) => void): NodeJS.Timeout {
    const passed = () =>
      [...world.from.passed, ...world.to.passed].reduce((sum, { sent, received }) => sum + sent + received, 0);
    return setInterval(() => {
      if (passed() >= bytes) kill('SIGKILL');
    }, 2);
  }

  /** Runs the command line again and again, as a person would, some of them killed; the last ones without faults. */
  async function untilDone(random: Random, args: string[], home: string, story: string[]): Promise<boolean> {
    const limits = random() < 0.4 ? [BODY_LIMIT] : [];
    for (let run = 0; run < MOST_RUNS; run++) {
      const hasFaults = run < 4;
      world.from.arm(hasFaults ? randomFaults(random) : []);
      world.to.arm([...limits, ...(hasFaults ? randomFaults(random) : [])]);
      const killAt = hasFaults && random() < 0.5 ? Math.floor(random() * 2 * LAYER) : undefined;
      let timer: NodeJS.Timeout | undefined;
      const outcome = await carvelAirgap(args, {
        env: { XDG_STATE_HOME: home },
        started: (kill) => {
          if (killAt !== undefined) timer = killAfter(killAt, kill);
        },
      });
      clearInterval(timer);
      story.push(
        `run ${run}: ${killAt === undefined ? '' : `to be killed after ${killAt} bytes`} ${outcome.code} ${outcome.stderr}`,
      );
      if (outcome.code === 0) return true;
    }
    return false;
  }
});

async function digestOf(path: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(path))
    .digest('hex');
}
