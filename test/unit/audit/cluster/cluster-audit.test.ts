// The audit of a cluster whose API and registries are scripted: what real ones do not do on demand.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { auditCluster } from '../../../../src/audit/cluster/cluster-audit.ts';
import { ImageUses } from '../../../../src/audit/cluster/image-use.ts';
import { ObjectLister } from '../../../../src/audit/cluster/object-lister.ts';
import type { ObjectReader, ReadableList } from '../../../../src/audit/cluster/object-lister.ts';
import { findPackage } from '../../../../src/audit/cluster/ready.ts';
import { clusterError } from '../../../../src/cluster/errors.ts';
import type { Registries } from '../../../../src/oci/registries.ts';

const { signal } = new AbortController();
const PODS = { title: 'Pods', group: '', version: 'v1', plural: 'pods' };
/** Contacting a registry would fail. */
const NO_REGISTRIES = {} as Registries;

type Answer = (list: ReadableList) => { items: readonly unknown[]; next?: string };

function reader(answer: Answer, kinds: Awaited<ReturnType<ObjectReader['kinds']>> = []) {
  const lists: ReadableList[] = [];
  const cluster: ObjectReader = {
    context: 'test',
    defaultNamespace: 'team',
    kinds: async () => kinds,
    page: async (list) => {
      lists.push(list);
      return answer(list);
    },
  };
  return { cluster, lists };
}

async function listed(answer: Answer, listing: object = {}) {
  const { cluster, lists } = reader(answer);
  const lister = new ObjectLister(cluster, undefined, signal, () => undefined);
  const items: unknown[] = [];
  const isComplete = await lister.each({ ...PODS, ...listing }, (item) => void items.push(item));
  return { isComplete, items, lists, notChecked: lister.notChecked.map(({ code }) => code) };
}

describe('a list', () => {
  test('that expired between two pages is read again from its start', async () => {
    let isExpired = false;
    const { items, isComplete } = await listed(({ next }) => {
      if (next === undefined) return { items: [1], next: 'more' };
      if (isExpired) return { items: [2] };
      isExpired = true;
      throw clusterError.of('expired', {});
    });
    assert.deepEqual([items, isComplete], [[1, 1, 2], true]);
  });

  test('that is not permitted for all namespaces is read in the namespace of the context', async () => {
    const { items, isComplete, notChecked, lists } = await listed(({ namespace }) => {
      if (namespace === undefined) throw clusterError.of('forbidden', {});
      return { items: [namespace] };
    });
    assert.deepEqual([items, isComplete, notChecked, lists.length], [['team'], false, ['not-permitted'], 2]);
  });

  test('of a kind that fails or does not exist leaves the other kinds', async () => {
    const fails = (code: 'api-missing' | 'api-unavailable') => () => {
      throw clusterError.of(code, {});
    };
    const missing = await listed(fails('api-missing'));
    assert.deepEqual([missing.isComplete, missing.notChecked], [true, []]);
    const down = await listed(fails('api-unavailable'));
    assert.deepEqual([down.isComplete, down.notChecked], [false, ['not-listed']]);
  });

  test('ends the audit if the server is unreachable', async () => {
    const unreachable = () => {
      throw clusterError.of('connection-refused', {});
    };
    await assert.rejects(listed(unreachable), { code: 'cluster.connection-refused' });
  });

  test('that is too long is cut, and says so', async () => {
    const { items, notChecked } = await listed(() => ({ items: [1, 2], next: 'more' }), { atMost: 3 });
    assert.deepEqual([items.length, notChecked], [4, ['list-cut']]);
  });
});

describe('the users of an image', () => {
  test('are counted but not all kept, and each counts once', () => {
    const uses = new ImageUses();
    const use = { image: 'a.example/app:v1', reason: 'container', namespace: 'team', place: 'container a' } as const;
    for (let index = 0; index < 1000; index++) uses.add({ ...use, object: `Pod team/${index % 100}` });
    const [group, ...others] = uses.groups();
    assert.deepEqual([group?.users.length, group?.more, others.length], [20, 80, 0]);
  });
});

describe('the audit of a cluster', () => {
  const pod = (name: string, container: object) => ({
    metadata: { name, namespace: 'team' },
    spec: { containers: [{ name: 'app', ...container }] },
  });

  const audited = (pods: readonly object[], inside: readonly string[] = ['inside.example']) => {
    const { cluster } = reader(({ plural }) => ({ items: plural === 'pods' ? pods : [] }));
    return auditCluster({ cluster, registries: NO_REGISTRIES, anonymous: NO_REGISTRIES, inside, signal });
  };

  test('does not contact registries that are outside', async () => {
    const { images, isInside } = await audited([pod('a', { image: 'nginx' })]);
    assert.deepEqual(
      images.map(({ reference, origin, status, neededBy }) => [reference, origin, status, neededBy]),
      [['index.docker.io/library/nginx:latest', 'nginx', 'outside', ['Pod team/a, container app']]],
    );
    assert.equal(isInside, false);
  });

  test('reports an image that is never pulled as not checked', async () => {
    const { images, notChecked, isInside } = await audited([pod('a', { image: 'nginx:1', imagePullPolicy: 'Never' })]);
    assert.deepEqual([images, notChecked.map(({ code }) => code), isInside], [[], ['never-pulled'], true]);
  });

  test('reports a container whose image is no reference', async () => {
    const { images } = await audited([pod('a', { image: 'Not An Image' })]);
    assert.deepEqual([images[0]?.status, images[0]?.finding?.code], ['unknown', 'image-invalid']);
  });

  test('says that nothing can be inside if no registry counts as inside', async () => {
    const { problems } = await audited([], []);
    assert.deepEqual(
      problems.map(({ code }) => code),
      ['nothing-inside'],
    );
  });

  test('leaves out custom resources if this user may not discover them, and says so', async () => {
    const { cluster } = reader(({ plural }) => ({ items: plural === 'pods' ? [pod('a', { image: 'nginx' })] : [] }));
    const kinds = () => Promise.reject(clusterError.of('forbidden', {}));
    const options = { registries: NO_REGISTRIES, anonymous: NO_REGISTRIES, inside: ['inside.example'], signal };
    const { images, notChecked } = await auditCluster({ cluster: { ...cluster, kinds }, ...options });
    assert.equal(images.length, 1);
    assert.deepEqual(
      notChecked.map(({ code, args }) => `${code} ${args['what']}`),
      ['not-permitted custom resources'],
    );
  });

  test('searches custom resources, but no kinds of Kubernetes itself', async () => {
    const kind = (group: string) => ({ group, version: 'v1', kind: 'Thing', plural: 'things', namespaced: true });
    const groups = ['db.example', 'networking.k8s.io', 'metrics.k8s.io', 'apps', 'data.packaging.carvel.dev'];
    const thing = { metadata: { name: 'a', namespace: 'team' }, spec: { image: 'vendor.example/db:v1' } };
    const { cluster, lists } = reader(
      ({ plural }) => ({ items: plural === 'things' ? [thing] : [] }),
      groups.map(kind),
    );
    const options = { registries: NO_REGISTRIES, anonymous: NO_REGISTRIES, inside: ['inside.example'], signal };
    const { images } = await auditCluster({ cluster, ...options });
    assert.deepEqual(
      lists.flatMap(({ group, plural }) => (plural === 'things' ? [group] : [])),
      ['db.example'],
    );
    assert.deepEqual(images[0]?.neededBy, ['Thing team/a, spec.image']);
  });
});

describe('the Package to be audited', () => {
  const one = (version: string) => ({
    metadata: { name: `web.test.${version}`, namespace: 'team' },
    spec: { refName: 'web.test', version, template: { spec: {} } },
  });
  const offered = reader(() => ({ items: ['1.2.0', '1.10.0', '1.10.0-rc.1'].map(one) })).cluster;
  const find = (refName: string, version?: string) =>
    findPackage(offered, { refName, namespace: 'team', ...(version === undefined ? {} : { version }) }, signal);

  test('is the highest version unless one is given', async () => {
    assert.equal((await find('web.test')).version, '1.10.0');
    assert.equal((await find('web.test', '1.2.0')).version, '1.2.0');
    await assert.rejects(find('web.test', '3.0.0'), { code: 'audit.package-missing' });
    await assert.rejects(find('other.test'), { code: 'audit.package-missing' });
  });
});
