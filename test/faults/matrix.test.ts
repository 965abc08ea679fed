// Each fault of the matrix between two real registries. `npm test` runs one cell of each fault, `npm run test:faults` all.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { cellsFor } from './matrix.ts';
import { assertNothing, assertWhole, makeWorld, relocateImage, type World } from './world.ts';

const runsAll = process.env['FAULTS'] === 'all';
const only = process.env['FAULT'];

describe('a relocation between two registries', () => {
  let world: World;
  before(async () => {
    world = await makeWorld();
  });
  after(() => world?.stop());

  test('survives the faults of the matrix', { timeout: 900_000 }, async (context) => {
    const cells = cellsFor(world).filter(({ always, fault }) =>
      only === undefined ? runsAll || always : fault === only,
    );
    for (const [index, cell] of cells.entries()) {
      await context.test(`${cell.fault} ${cell.name}`, { timeout: 60_000 }, async () => {
        const path = `faults/cell-${index}`;
        world.from.arm(cell.from ?? []);
        world.to.arm(cell.to ?? []);
        const { settings = {} } = cell;
        const outcome = await relocateImage(world, path, { settings });
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
          await assertWhole(world, path);
        } else {
          assert.equal(outcome.error?.code, cell.fails, story);
          await assertNothing(world, path);
        }
        assert.ok(from.length + to.length < 60, `${from.length + to.length} requests\n${story}`);
        try {
          cell.also?.({ from, to, outcome });
        } catch (error) {
          throw new Error(story, { cause: error });
        }
      });
    }
  });
});
