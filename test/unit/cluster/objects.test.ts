import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';

import { ScriptedServer, json, status } from './scripted-server.ts';
import { failureOf, sessionWith } from './sessions.ts';

const { signal } = new AbortController();
const DATABASE = { group: 'db.example', version: 'v1', kind: 'Database', plural: 'databases', namespaced: true };

let server: ScriptedServer;
beforeEach(async () => {
  server = await ScriptedServer.start();
});
afterEach(() => server.close());

describe('the kinds of a server', () => {
  test('come from one response of a server with aggregated discovery', async () => {
    const resources = [
      { resource: 'databases', scope: 'Namespaced', verbs: ['get', 'list'], responseKind: { kind: 'Database' } },
      { resource: 'reviews', scope: 'Cluster', verbs: ['create'], responseKind: { kind: 'Review' } },
    ];
    const versions = [
      { version: 'v1', resources },
      { version: 'v1beta1', resources },
    ];
    const items = [{ metadata: { name: 'db.example' }, versions }];
    server.on('/apis', json({ kind: 'APIGroupDiscoveryList', items }));
    assert.deepEqual(await sessionWith(server.url).kinds(signal), [DATABASE]);
    assert.match(server.seen[0]?.headers.accept ?? '', /as=APIGroupDiscoveryList/);
    assert.equal(server.seen.length, 1);
  });

  test('come from one response per group of an older server, without a group that is down', async () => {
    const group = (groupVersion: string) => ({ preferredVersion: { groupVersion } });
    const resources = [
      { name: 'databases', kind: 'Database', namespaced: true, verbs: ['list'] },
      { name: 'databases/status', kind: 'Database', namespaced: true, verbs: ['get', 'list'] },
    ];
    server.on('/apis', json({ kind: 'APIGroupList', groups: [group('db.example/v1'), group('down.example/v1')] }));
    server.on('/apis/db.example/v1', json({ resources }));
    server.on('/apis/down.example/v1', status(503, 'ServiceUnavailable', 'no endpoints'));
    assert.deepEqual(await sessionWith(server.url).kinds(signal), [DATABASE]);
  });
});

describe('a page of a list', () => {
  test('is requested with its selectors and with the token of the page before', async () => {
    server.on('/api/v1/namespaces/team/secrets', json({ metadata: { continue: 'more' }, items: [{}] }));
    const list = { group: '', version: 'v1', plural: 'secrets', namespace: 'team', limit: 2, next: 'token' };
    const selectors = { fieldSelector: 'type=a', labelSelector: 'b' };
    const page = await sessionWith(server.url).page({ ...list, ...selectors }, signal);
    assert.deepEqual(page, { items: [{}], next: 'more' });
    const query = Object.fromEntries(server.seen[0]?.query ?? []);
    assert.deepEqual(query, { limit: '2', continue: 'token', ...selectors });
  });

  test('keeps the fields of each object as the server sent them', async () => {
    const item = { spec: { containers: [{ name: 'a', image: 'b', later: 'field' }] } };
    server.on('/api/v1/pods', json({ metadata: {}, items: [item] }));
    server.on('/apis/apps/v1/deployments', json({ metadata: {}, items: [item] }));
    for (const [group, plural] of [
      ['', 'pods'],
      ['apps', 'deployments'],
    ] as const) {
      const { items } = await sessionWith(server.url).page({ group, version: 'v1', plural, limit: 2 }, signal);
      assert.deepEqual(items, [item]);
    }
  });

  test('may have null instead of an empty list, but not something else altogether', async () => {
    const list = { group: 'apps', version: 'v1', plural: 'deployments', limit: 2 };
    server.on('/apis/apps/v1/deployments', json({ metadata: {}, items: null }));
    assert.deepEqual(await sessionWith(server.url).page(list, signal), { items: [] });
    server.on('/apis/apps/v1/deployments', json('hello'));
    const failure = await failureOf(sessionWith(server.url).page(list, signal));
    assert.equal(failure.code, 'cluster.response-invalid');
  });
});
