// Random bundle graphs, copied by us and by the real imgpkg side by side: whoever has the one can go on with the other.
// INTEROP_SEEDS=200 runs that many, INTEROP_SEED=7 one, INTEROP_SEED=7-9 three.
import assert from 'node:assert/strict';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { makeTemporaryFolder } from '../support/lifetime.ts';
import type { TemporaryFolder } from '../support/lifetime.ts';
import { startRegistry } from '../support/registry.ts';
import type { Registry } from '../support/registry.ts';
import { Differences } from './differences.ts';
import { generate } from './generator.ts';
import { Trial } from './trial.ts';

const SEEDS_OF_EACH_RUN = 8;
const [first = 1, last = first] = process.env['INTEROP_SEED']?.split('-').map(Number) ?? [
  1,
  Number(process.env['INTEROP_SEEDS'] ?? SEEDS_OF_EACH_RUN),
];
const seeds = Array.from({ length: last - first + 1 }, (_, index) => first + index);

describe('interoperability with imgpkg', () => {
  let folder: TemporaryFolder;
  let registries: Registry[];
  const found = new Differences();

  before(async () => {
    folder = await makeTemporaryFolder('interop');
    registries = await Promise.all([1, 2, 3].map(() => startRegistry({ foreignLayers: true })));
  });

  after(async () => {
    await Promise.all(registries.map((registry) => registry.stop()));
    await folder.remove();
    console.log(`Found in ${seeds.length} seeds: ${found.toString()}`);
  });

  for (const seed of seeds) {
    test(`the content of seed ${seed} arrives identically, and each tool reads what the other wrote`, async () => {
      const own = join(folder.path, String(seed));
      await mkdir(own);
      const [vendor = '', upstream = '', inside = ''] = registries.map(({ host }) => host);
      const scenario = await generate(seed, { vendor, upstream, inside, folder: own });
      const { source, options, repositoryOptions, description } = scenario;
      const trial = new Trial(scenario, own, found);
      const failure = await failureOf(async () => {
        await trial.toRepositories();
        if (scenario.isBundle) await trial.pull();
        await trial.theirTar();
        await trial.ourTar();
      });
      await rm(own, { recursive: true, force: true });
      const command = [...source, ...options, ...repositoryOptions].join(' ');
      // A new error, because Node prints an assertion's stack as it was made, without the seed.
      if (failure !== undefined) throw new Error(`INTEROP_SEED=${seed}: copy ${command}\n${description}\n${failure}`);
    });
  }

  test('the generator is deterministic for a seed', async () => {
    const [vendor = '', upstream = '', inside = ''] = registries.map(({ host }) => host);
    const [first, second] = [join(folder.path, 'first'), join(folder.path, 'second')];
    for (const own of [first, second]) await mkdir(own);
    const world = { vendor, upstream, inside };
    const [one, two] = [
      await generate(1001, { ...world, folder: first }),
      await generate(1001, { ...world, folder: second }),
    ];
    assert.deepEqual(
      one.artifacts.map(({ digest }) => digest),
      two.artifacts.map(({ digest }) => digest),
    );
    const [, value] = one.source;
    if (one.source[0] === '--lock') assert.equal(await readFile(value, 'utf8'), await readFile(two.source[1], 'utf8'));
    else assert.equal(value, two.source[1]);
  });
});

async function failureOf(operation: () => Promise<void>): Promise<string | undefined> {
  try {
    await operation();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
