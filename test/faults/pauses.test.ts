// F8 as a person at a terminal meets it: registries that ask to wait, and registries that have room for few requests.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, beforeEach, describe, test } from 'node:test';

import { carvelAirgap } from '../support/cli.ts';
import { makeTemporaryFolder, type TemporaryFolder } from '../support/lifetime.ts';
import { RawRepository, sha256 } from '../support/raw-registry.ts';
import { assertNothing, assertComplete, makeWorld, type World } from './world.ts';

describe('F8 a copy to an overloaded registry', () => {
  let world: World;
  let folder: TemporaryFolder;

  before(async () => {
    world = await makeWorld();
    folder = await makeTemporaryFolder('pauses');
  });
  beforeEach(() => {
    world.from.arm([]);
    world.to.arm([]);
  });
  after(async () => {
    await folder?.remove();
    await world?.stop();
  });

  const copy = (path: string, flags: readonly string[] = [], source = `${world.image.path}:v1`) =>
    carvelAirgap(['copy', '-i', `${world.from.host}/${source}`, '--to-repo', `${world.to.host}/${path}`, ...flags], {
      env: { XDG_STATE_HOME: folder.path },
    });
  const limited = (after: string) => ({ do: 'answer' as const, status: 429, headers: { 'retry-after': after } });

  for (const [what, header] of [
    ['an hour', '3600'],
    ['until a date', new Date(Date.now() + 3_600_000).toUTCString()],
  ] as const) {
    test(`that asks to wait ${what} ends with how to resume, and resumes`, { timeout: 60_000 }, async () => {
      const path = `pauses/${what.replaceAll(' ', '-')}`;
      const [layer = Buffer.alloc(0)] = world.image.layers;
      const put = new RegExp(`/blobs/uploads/.*${encodeURIComponent(sha256(layer))}`);
      world.to.arm([{ method: 'PUT', path: put, times: 9, action: limited(header) }]);
      const { code, stderr } = await copy(path, ['--concurrency', '1']);
      assert.equal(code, 1);
      assert.match(stderr, /asks to wait (?:59|60) minutes/);
      assert.match(stderr, /What to do: Run it again after that\. What is complete is not sent again\./);
      assert.equal(world.to.passed.filter(({ isHit }) => isHit).length, 1, 'it is not asked a second time');
      await assertNothing(world, path);

      world.to.arm([]);
      assert.equal((await copy(path)).code, 0);
      await assertComplete(world, path);
    });
  }

  test('that asks to wait an hour is not retried by --keep-going either', { timeout: 60_000 }, async () => {
    const apps = new RawRepository(world.source.host, 'pauses/many');
    const digests = await Promise.all([1, 2, 3, 4].map(() => apps.pushImage('v', [randomBytes(100)])));
    const names = digests.map((digest) => `${world.from.host}/pauses/many@${digest}`);
    await apps.pushBundle('bundle', names);
    world.to.arm([{ method: 'POST', path: /uploads/, times: 99, action: limited('3600') }]);
    const args = ['copy', '-b', `${world.from.host}/pauses/many:bundle`, '--to-repo', `${world.to.host}/pauses/kept`];
    const { code, stderr } = await carvelAirgap([...args, '--keep-going', '--concurrency', '1']);
    assert.equal(code, 1);
    assert.match(stderr, /What to do: Run it again after that/);
    assert.equal(world.to.passed.filter(({ isHit }) => isHit).length, 1, 'it is not asked a second time');
  });

  test('that asks to wait some seconds reports it, and then continues', { timeout: 60_000 }, async () => {
    world.to.arm([{ method: 'POST', path: /uploads/, action: limited('1') }]);
    const { code, stderr } = await copy('pauses/short');
    assert.equal(code, 0, stderr);
    assert.match(stderr, new RegExp(`^copy \\| ${world.to.host} asked to wait 1 s; resuming then$`, 'm'));
  });

  test('shows what it retries, and why', { timeout: 60_000 }, async () => {
    world.from.arm([{ method: 'GET', path: /blobs/, action: { do: 'reset', afterAnswer: 5 } }]);
    world.to.arm([{ method: 'PUT', path: /uploads/, action: { do: 'answer', status: 503 } }]);
    const { code, stderr } = await copy('pauses/retries');
    assert.equal(code, 0, stderr);
    assert.match(stderr, /^copy \| retrying .* \(1\): The connection to .* was lost/m);
    assert.match(stderr, /^copy \| retrying .* \(1\): .* answered 503/m);
  });

  test('sends it fewer requests at once, and more again when it recovers', { timeout: 120_000 }, async () => {
    const layers = Array.from({ length: 200 }, () => randomBytes(2000));
    await new RawRepository(world.source.host, 'pauses/wide').pushImage('v1', layers);
    // It has room for one request at a time until they come so, and then for all there are.
    const { passed } = world.to;
    const isNarrow = () => passed.length > 40 && Math.max(...passed.slice(-20).map(({ underWay }) => underWay)) <= 2;
    const refuse = { do: 'answer', status: 429 } as const;
    world.to.arm([{ method: 'POST', path: /uploads/, beyond: 1, times: 500, until: isNarrow, action: refuse }]);
    const { code, stderr } = await copy('pauses/wide', [], 'pauses/wide:v1');
    assert.equal(code, 0, stderr);
    const hits = passed.filter(({ isHit }) => isHit).length;
    assert.ok(hits < 500, 'it came one request at a time');
    const last = passed.findLastIndex(({ isHit }) => isHit);
    const wide = Math.max(...passed.slice(last + 20).map(({ underWay }) => underWay));
    assert.ok(wide >= 12, `${wide} at once, after it had room`);
  });

  test('that accepts only one request at a time is patient: all get their turn', { timeout: 240_000 }, async () => {
    const layers = Array.from({ length: 60 }, () => randomBytes(2000));
    await new RawRepository(world.source.host, 'pauses/one').pushImage('v1', layers);
    const refuse = { do: 'answer', status: 429 } as const;
    world.to.arm([{ method: 'POST', path: /uploads/, beyond: 1, times: Infinity, action: refuse }]);
    const { code, stderr } = await copy('pauses/one', [], 'pauses/one:v1');
    assert.equal(code, 0, stderr);
    // Sixteen at once, all but one refused and tried again, would be many hundreds.
    const hits = world.to.passed.filter(({ isHit }) => isHit).length;
    assert.ok(hits > 0 && hits < 250, `${hits} refused`);
  });
});
