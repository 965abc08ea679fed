// F30: a relocation is canceled while a request hangs, at each phase.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';

import { engines } from '../support/engines.ts';
import type { Fault } from '../support/fault-proxy.ts';
import { assertNothing, makeWorld, relocateImage, type World } from './world.ts';

const stall = { do: 'stall' } as const;
const PHASES: [phase: string, side: 'from' | 'to', faults: Fault[]][] = [
  ['a manifest is asked for', 'from', [{ method: 'GET', path: /manifests/, action: stall }]],
  ['a layer is asked for', 'from', [{ method: 'GET', path: /blobs/, skip: 1, times: 9, action: stall }]],
  [
    'a layer is read',
    'from',
    [{ method: 'GET', path: /blobs/, skip: 1, times: 9, action: { do: 'stall', afterAnswer: 5 } }],
  ],
  [
    'a layer drips',
    'from',
    [
      {
        method: 'GET',
        path: /blobs/,
        skip: 1,
        times: 9,
        action: { do: 'drip', afterAnswer: 5, bytes: 1e6, milliseconds: 50 },
      },
    ],
  ],
  ['the destination is asked', 'to', [{ method: 'GET', path: /tags\/list/, action: stall }]],
  ['an upload begins', 'to', [{ method: 'POST', path: /uploads/, action: stall }]],
  ['a layer is sent', 'to', [{ method: 'PUT', path: /uploads/, times: 9, action: stall }]],
  ['a manifest is written', 'to', [{ method: 'PUT', path: /manifests/, action: stall }]],
];

for (const [name, makeEngine] of engines) {
  describe(`a relocation ${name} is canceled`, () => {
    let world: World;
    // Nobody must wait for a timeout here: these are longer than the test.
    const engine = makeEngine({ stallTimeout: 600_000, responseHeaderTimeout: 600_000 });
    before(async () => {
      world = await makeWorld();
    });
    after(async () => {
      engine.dispose();
      await world?.stop();
    });

    for (const [index, [phase, side, faults]] of PHASES.entries()) {
      test(`while ${phase}`, { timeout: 60_000 }, async () => {
        world.from.arm(side === 'from' ? faults : []);
        world.to.arm(side === 'to' ? faults : []);
        const controller = new AbortController();
        const path = `cancel/${name.replaceAll(' ', '-')}-${index}`;
        const running = relocateImage(world, path, { engine, signal: controller.signal });
        while (!world[side].passed.some(({ isHit }) => isHit)) await pause(5);
        controller.abort();
        const { error, report } = await running;
        assert.equal(report, undefined);
        assert.equal((error as Error).name, 'AbortError');
        while ((await world.from.connections()) + (await world.to.connections()) > 0) await pause(5);
        await assertNothing(world, path);
      });
    }
  });
}
