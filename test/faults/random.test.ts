// Relocations under faults, kills and restarts that a seed chooses: registry to registry, to a tar, from a tar; the source
// wants a password, the destination tokens that end soon. However it went, in the end everything is there and nothing else,
// and no secret is anywhere. `SEEDS=200 SEED=1 npm run test:random` runs that many from there.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { carvelAirgap } from '../support/cli.ts';
import type { Fault, Passed } from '../support/fault-proxy.ts';
import { makeTemporaryFolder, type TemporaryFolder } from '../support/lifetime.ts';
import { filesWithSecrets, secretsIn } from '../support/secret-scan.ts';
import { type GuardedWorld, makeGuardedWorld } from './guarded-world.ts';
import { pick, type Random, randomFaults, randomOf, randomTokenFaults } from './random-plan.ts';
import { assertWhole, LAYER } from './world.ts';

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
  let world: GuardedWorld;
  let folder: TemporaryFolder;
  let tar = '';
  let expected = '';
  const sums = { runs: 0, killed: 0, faults: 0 };

  before(async () => {
    world = await makeGuardedWorld();
    folder = await makeTemporaryFolder('random');
    tar = join(folder.path, 'source.tar');
    const { code, stderr } = await carvelAirgap(['copy', '-i', reference(), '--to-tar', tar], { env: world.env });
    assert.equal(code, 0, stderr);
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
        '--report',
        join(home, 'report.json'),
        ...(random() < 0.5 ? ['--debug'] : []),
      ];
      await mkdir(join(home, 'tmp'), { recursive: true });
      const story: string[] = [];
      const isDone = await untilDone(random, args, home, story);
      assert.ok(isDone, story.join('\n'));
      if (way === 'to a tar') assert.equal(await digestOf(output), expected, story.join('\n'));
      else await assertWhole(world, path);
      // No partial file, no journal, no lock, nothing temporary.
      const files = (await readdir(home, { recursive: true })).filter((name) => name !== 'carvel-airgap').sort();
      const kept = way === 'to a tar' ? ['copy.tar', 'report.json', 'tmp'] : ['report.json', 'tmp'];
      assert.deepEqual(files, kept, story.join('\n'));
    });
  }

  test('nothing was written to any other repository', async (context) => {
    context.diagnostic(`${COUNT} seeds: ${sums.runs} runs, ${sums.killed} of them killed, ${sums.faults} faults`);
    const answer = await fetch(`${world.destination.url}/v2/_catalog?n=1000`);
    const { repositories } = (await answer.json()) as { repositories: string[] };
    assert.deepEqual(
      repositories.filter((name) => !/^random\/seed-\d+$/.test(name)),
      [],
    );
  });

  /** No secret in what was said and written, and none of one registry at the other. */
  async function assertNoLeak(home: string, said: string): Promise<void> {
    const { from, to } = world.secrets();
    const all = [...from, ...to];
    assert.deepEqual(secretsIn(said, all), []);
    assert.deepEqual([...(await filesWithSecrets(home, all))], []);
    const heard = (requests: readonly Passed[]) => JSON.stringify(requests.map(({ path, headers }) => [path, headers]));
    assert.deepEqual(secretsIn(heard(world.from.passed), to), []);
    assert.deepEqual(secretsIn(heard([...world.to.passed, ...world.tokens.passed]), from), []);
    const paths = [...world.from.passed, ...world.to.passed, ...world.tokens.passed].map(({ path }) => path);
    assert.deepEqual(secretsIn(paths.join('\n'), all), []);
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
      world.tokens.arm(hasFaults ? randomTokenFaults(random) : []);
      const killAt = hasFaults && random() < 0.5 ? Math.floor(random() * 2 * LAYER) : undefined;
      let timer: NodeJS.Timeout | undefined;
      const outcome = await carvelAirgap(args, {
        env: { ...world.env, XDG_STATE_HOME: home, TMPDIR: join(home, 'tmp') },
        started: (kill) => {
          if (killAt !== undefined) timer = killAfter(killAt, kill);
        },
      });
      clearInterval(timer);
      const passed = [...world.from.passed, ...world.to.passed, ...world.tokens.passed];
      sums.runs++;
      sums.killed += outcome.code === null ? 1 : 0;
      sums.faults += passed.filter(({ isHit }) => isHit).length;
      story.push(
        `run ${run}: ${killAt === undefined ? '' : `to be killed after ${killAt} bytes`} ${outcome.code} ${outcome.stderr}`,
      );
      await assertNoLeak(home, outcome.stdout + outcome.stderr);
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
