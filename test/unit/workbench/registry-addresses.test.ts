import assert from 'node:assert/strict';
import { describe, it, mock } from 'node:test';

import { RecentDestinations } from '../../../src/workbench/relocations/wizard/recent-destinations.ts';
import { browserAddress } from '../../../src/workbench/registries/browser-address.ts';
import { CopiedTick } from '../../../src/workbench/registries/copied-tick.ts';
import { nameFilter } from '../../../src/workbench/text/matching.ts';

describe("a registry's web page", () => {
  const pages: readonly [registry: string, path: string | undefined, http: boolean, address: string][] = [
    ['registry.example:5000', 'team/app', false, 'https://registry.example:5000/'],
    ['registry.example', undefined, true, 'http://registry.example/'],
    ['127.0.0.1:5000', undefined, false, 'http://127.0.0.1:5000/'],
    ['index.docker.io', 'library/nginx', false, 'https://hub.docker.com/_/nginx'],
    ['index.docker.io', 'team/app', false, 'https://hub.docker.com/r/team/app'],
    ['quay.io', 'team/app', false, 'https://quay.io/repository/team/app'],
    ['ghcr.io', 'team/app', false, 'https://github.com/team'],
    ['europe-docker.pkg.dev', 'project/app', false, 'https://europe-docker.pkg.dev/project/app'],
    ['gcr.io.example', 'project/app', false, 'https://gcr.io.example/'],
  ];
  for (const [registry, path, http, address] of pages) {
    it(`${registry} ${path ?? ''} is at ${address}`, () => assert.equal(browserAddress(registry, path, http), address));
  }
});

it('a filter finds names with all words, in any order and case', () => {
  const names = ['team/app-web', 'team/App-API', 'other/web'];
  assert.deepEqual(names.filter(nameFilter('app TEAM')), ['team/app-web', 'team/App-API']);
  assert.deepEqual(names.filter(nameFilter('  web ')), ['team/app-web', 'other/web']);
  assert.deepEqual(names.filter(nameFilter('a.*')), []);
});

it('the last destinations are kept, each once, and invalid values are dropped', async () => {
  const kept = new Map<string, unknown>([['recentDestinations', ['a.example/x', 7]]]);
  const state = {
    keys: () => [...kept.keys()],
    get: (key: string) => kept.get(key) as never,
    update: (key: string, value: unknown) => Promise.resolve(void kept.set(key, value)),
  };
  const recent = new RecentDestinations(state);
  assert.deepEqual(recent.all('repository'), ['a.example/x']);
  for (const name of ['b', 'c', 'd', 'e', 'f', 'b']) await recent.add('repository', `a.example/${name}`);
  await recent.add('parent', 'a.example/mirror');
  assert.deepEqual(
    recent.all('repository'),
    ['b', 'f', 'e', 'd', 'c'].map((name) => `a.example/${name}`),
  );
  assert.deepEqual(recent.all('parent'), ['a.example/mirror']);
});

it('a node shows for two seconds that it was copied, counted from the last time', () => {
  mock.timers.enable({ apis: ['setTimeout'] });
  const drawn: string[] = [];
  const tick = new CopiedTick((id) => drawn.push(id));
  tick.show('a');
  mock.timers.tick(1500);
  tick.show('a');
  mock.timers.tick(1500);
  assert.ok(tick.isShown('a') && !tick.isShown('b'));
  mock.timers.tick(500);
  assert.ok(!tick.isShown('a'));
  assert.deepEqual(drawn, ['a', 'a', 'a']);
  mock.timers.reset();
});
