// Each fault of the matrix between two real registries, of each kind there is. `npm test` runs one cell of each fault,
// `npm run test:faults` all.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';

import { RawRepository } from '../support/raw-registry.ts';
import { REGISTRIES, type RegistryProgram } from '../support/registry.ts';
import type { Cell } from './cell.ts';
import { cellsFor } from './matrix.ts';
import { assertNothing, assertComplete, makeWorld, relocateImage, type World } from './world.ts';

const runsAll = process.env['FAULTS'] === 'all';
const only = process.env['FAULT'];
const isWanted = ({ fault, always }: Cell) => (only === undefined ? runsAll || always : fault === only);

for (const program of Object.keys(REGISTRIES) as RegistryProgram[]) {
  describe(`a relocation between two registries, ${program},`, () => {
    let world: World;
    before(async () => {
      world = await makeWorld({ program });
    });
    after(() => world?.stop());

    test('has as many cases as the README says', async () => {
      const readme = await readFile(new URL('README.md', import.meta.url), 'utf8');
      const [, count] = /lists (\d+) cases for each registry/.exec(readme) ?? [];
      assert.equal(cellsFor(world).length, Number(count));
    });

    test('survives the faults of the matrix', { timeout: 900_000 }, async (context) => {
      for (const [index, cell] of cellsFor(world).filter(isWanted).entries()) {
        await context.test(`${cell.fault} ${cell.name}`, { timeout: 60_000 }, () =>
          runCell(world, cell, `faults/cell-${index}`),
        );
      }
    });
  });
}

async function runCell(world: World, cell: Cell, path: string): Promise<void> {
  const target = new RawRepository(world.destination.host, path);
  const source = await cell.source?.(world);
  await cell.prepare?.(target);
  world.from.arm(cell.from ?? []);
  world.to.arm(cell.to ?? []);
  const { settings = {} } = cell;
  const outcome = await relocateImage(world, path, { settings, ...(source === undefined ? {} : { source }) });
  const [from, to] = [[...world.from.passed], [...world.to.passed]];
  const log = [...from, ...to].map(
    ({ method, path: where, status, isHit }) => `${isHit ? '*' : ' '} ${method} ${where.slice(0, 100)} ${status}`,
  );
  const story = `${outcome.error?.message ?? ''}\n${log.join('\n')}`;
  assert.ok(
    [...from, ...to].some(({ isHit }) => isHit),
    `the fault was not made\n${story}`,
  );
  if (cell.fails === undefined) {
    assert.ok(outcome.error === undefined, story);
    await assertComplete(world, path);
  } else {
    assert.equal(outcome.error?.code, cell.fails, story);
    await (cell.left?.(target, world.image) ?? assertNothing(world, path));
  }
  assert.ok(from.length + to.length < 60, `${from.length + to.length} requests\n${story}`);
  try {
    cell.also?.({ from, to, outcome });
  } catch (error) {
    throw new Error(story, { cause: error });
  }
}
