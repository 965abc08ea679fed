// Relocations under faults, kills and restarts that a seed chooses: registry to registry, to a tar, from a tar; of an image, or
// of a bundle whose nested bundles have equal locks; by one process, or by two at once that fill one repository. The source
// requires a password, the destination tokens that end soon. However it went, in the end everything is there and nothing else,
// and no secret is anywhere. `SEEDS=200 SEED=1 npm run test:random` runs that many from there.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { carvelAirgap, type CliOutcome } from '../support/cli.ts';
import type { Fault, Passed } from '../support/fault-proxy.ts';
import { makeTemporaryFolder, type TemporaryFolder } from '../support/lifetime.ts';
import { RawRepository, sha256 } from '../support/raw-registry.ts';
import { filesWithSecrets, secretsIn } from '../support/secret-scan.ts';
import { type GuardedWorld, makeGuardedWorld } from './guarded-world.ts';
import { pick, type Random, randomFaults, randomOf, randomTokenFaults } from './random-plan.ts';
import { assertComplete, LAYER } from './world.ts';

const COUNT = Number(process.env['SEEDS'] ?? 5);
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

/** What is relocated: an image with a large layer, and a bundle of bundles that share a locations image. */
const CONTENTS = ['image', 'bundle'] as const;
const NESTED = 8;

type Content = (typeof CONTENTS)[number];

/** As it is when nothing happens on the way. */
interface Expected {
  readonly source: readonly string[];
  readonly tar: string;
  readonly digest: string;
  readonly tags: ReadonlyMap<string, string>;
}

describe('a relocation under random faults', () => {
  let world: GuardedWorld;
  let folder: TemporaryFolder;
  let expected: Readonly<Record<Content, Expected>>;
  const sums = { runs: 0, killed: 0, faults: 0 };

  before(async () => {
    world = await makeGuardedWorld();
    folder = await makeTemporaryFolder('random');
    expected = { image: await make('image'), bundle: await make('bundle') };
  });
  after(async () => {
    await folder?.remove();
    await world?.stop();
  });

  /** Copies it where nothing goes wrong, to see what comes of it. */
  async function make(content: Content): Promise<Expected> {
    const origin = world.source.host;
    if (content === 'bundle') await pushEqualBundles(new RawRepository(origin, 'apps/bundle'));
    const path = content === 'image' ? world.image.path : 'apps/bundle';
    const kind = content === 'image' ? '-i' : '-b';
    const tar = join(folder.path, `${content}.tar`);
    const to = new RawRepository(origin, `expected/${content}`);
    for (const args of [
      [kind, `${world.from.host}/${path}:v1`, '--to-tar', tar],
      ['--tar', tar, '--to-repo', to.name],
    ]) {
      const { code, stderr } = await carvelAirgap(['copy', ...args], { env: world.env });
      assert.equal(code, 0, stderr);
    }
    const source = [kind, `${world.from.host}/${path}:v1`];
    return { source, tar, digest: await digestOf(tar), tags: await to.tags() };
  }

  /** Everything that a clean copy has, and all blobs of it. */
  async function assertCopied(content: Content, path: string): Promise<void> {
    if (content === 'image') return assertComplete(world, path);
    const target = new RawRepository(world.destination.host, path);
    assert.deepEqual(await target.tags(), expected[content].tags);
    for (const tag of expected[content].tags.keys()) {
      const { json } = await target.manifest(tag);
      const blobs = [json['config'], ...(json['layers'] as unknown[])] as { digest: string }[];
      for (const { digest } of blobs) assert.equal(sha256(await target.blob(digest)), digest);
    }
  }

  for (let seed = FIRST; seed < FIRST + COUNT; seed++) {
    const random = randomOf(seed);
    const way = pick(random, WAYS);
    const content = pick(random, CONTENTS);
    const isTwofold = way !== 'to a tar' && random() < 0.4;
    test(`seed ${seed}: ${content}, ${way}${isTwofold ? ', two at once' : ''}`, { timeout: 300_000 }, async () => {
      const home = join(folder.path, `seed-${seed}`);
      const homes = isTwofold ? [home, `${home}-twin`] : [home];
      const path = `random/seed-${seed}`;
      const output = join(home, 'copy.tar');
      const source = way === 'from a tar' ? ['--tar', expected[content].tar] : expected[content].source;
      const to = way === 'to a tar' ? ['--to-tar', output] : ['--to-repo', `${world.to.host}/${path}`];
      const args = [
        'copy',
        ...source,
        ...to,
        '--stall-timeout',
        '700ms',
        '--registry-response-header-timeout',
        '900ms',
        ...(random() < 0.5 ? ['--debug'] : []),
      ];
      for (const each of homes) await mkdir(join(each, 'tmp'), { recursive: true });
      const story: string[] = [];
      const isDone = await untilDone(random, args, homes, story);
      assert.ok(isDone, story.join('\n'));
      if (way === 'to a tar') assert.equal(await digestOf(output), expected[content].digest, story.join('\n'));
      else await assertCopied(content, path);
      // No partial file, no journal, no lock, nothing temporary.
      for (const each of homes) {
        const files = (await readdir(each, { recursive: true })).filter((name) => name !== 'carvel-airgap').sort();
        const kept =
          way === 'to a tar' ? ['copy.tar', 'copy.tar.export.json', 'report.json', 'tmp'] : ['report.json', 'tmp'];
        assert.deepEqual(files, kept, story.join('\n'));
      }
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
  async function untilDone(random: Random, args: string[], homes: string[], story: string[]): Promise<boolean> {
    const limits = random() < 0.4 ? [BODY_LIMIT] : [];
    for (let run = 0; run < MOST_RUNS; run++) {
      const hasFaults = run < 4;
      world.from.arm(hasFaults ? randomFaults(random) : []);
      world.to.arm([...limits, ...(hasFaults ? randomFaults(random) : [])]);
      world.tokens.arm(hasFaults ? randomTokenFaults(random) : []);
      const kills = homes.map(() => (hasFaults && random() < 0.5 ? Math.floor(random() * 2 * LAYER) : undefined));
      const outcomes = await Promise.all(homes.map((home, index) => runOnce(args, home, kills[index])));
      const passed = [...world.from.passed, ...world.to.passed, ...world.tokens.passed];
      sums.runs += outcomes.length;
      sums.killed += outcomes.filter(({ code }) => code === null).length;
      sums.faults += passed.filter(({ isHit }) => isHit).length;
      for (const [index, { code, stdout, stderr }] of outcomes.entries()) {
        const killAt = kills[index];
        story.push(`run ${run}: ${killAt === undefined ? '' : `to be killed after ${killAt} bytes`} ${code} ${stderr}`);
        await assertNoLeak(homes[index] ?? '', stdout + stderr);
      }
      if (outcomes.every(({ code }) => code === 0)) return true;
    }
    return false;
  }

  async function runOnce(args: readonly string[], home: string, killAt: number | undefined): Promise<CliOutcome> {
    let timer: NodeJS.Timeout | undefined;
    const outcome = await carvelAirgap([...args, '--report', join(home, 'report.json')], {
      env: { ...world.env, XDG_STATE_HOME: home, TMPDIR: join(home, 'tmp') },
      started: (kill) => {
        if (killAt !== undefined) timer = killAfter(killAt, kill);
      },
    });
    clearInterval(timer);
    return outcome;
  }
});

/** A bundle of bundles whose locks are equal, and of an image: small, so that many requests are in transit at once. */
async function pushEqualBundles(apps: RawRepository): Promise<void> {
  const image = await apps.pushImage('app', [randomBytes(2000), randomBytes(10)]);
  const nested = [];
  for (let index = 0; index < NESTED; index++) {
    nested.push(await apps.pushBundle(`nested-${index}`, [`${apps.name}@${image}`]));
  }
  await apps.pushBundle(
    'v1',
    [image, ...nested].map((digest) => `${apps.name}@${digest}`),
  );
}

async function digestOf(path: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(path))
    .digest('hex');
}
