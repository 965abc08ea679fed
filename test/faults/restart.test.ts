// F35: the destination's registry ends in the middle of a copy, its uploads with it, and comes back.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';

import { makeTemporaryFolder } from '../support/lifetime.ts';
import { sha256 } from '../support/raw-registry.ts';
import { startRegistry } from '../support/registry.ts';
import { assertComplete, LAYER, makeWorld, relocateImage } from './world.ts';

test('F35 a registry that restarts in the middle of an upload', { timeout: 120_000 }, async (context) => {
  const folder = await makeTemporaryFolder('restart');
  context.after(() => folder.remove());
  const storage = join(folder.path, 'storage');
  const first = await startRegistry({ storage });
  const world = await makeWorld({ destination: first });
  context.after(() => world.stop());
  const [layer = Buffer.alloc(0)] = world.image.layers;
  const put = new RegExp(`/uploads/.*${encodeURIComponent(sha256(layer))}`);
  world.to.arm([{ method: 'PUT', path: put, action: { do: 'stall', afterBody: LAYER / 2 } }]);
  const running = relocateImage(world, 'restart/app', { settings: { retryCount: 30 } });
  while (!world.to.passed.some(({ isHit, sent }) => isHit && sent >= LAYER / 2)) await pause(5);
  await first.stop();
  world.to.breakAll();
  const second = await startRegistry({ storage, port: Number(first.host.split(':')[1]) });
  context.after(() => second.stop());
  const { error } = await running;
  assert.equal(error, undefined, error?.message);
  await assertComplete(world, 'restart/app');
});
