// The cluster room against the real kube-apiserver, kapp-controller, registry and a bundle that the real imgpkg relocated.
import assert from 'node:assert/strict';
import { after, describe } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import type { ClusterSession, ClusterSnapshot } from '../../src/cluster/api.ts';
import { reconcileState } from '../../src/packaging/reconcile-state.ts';
import type { ReconcileState } from '../../src/packaging/reconcile-state.ts';
import { packageRepositoryDocument } from '../../src/packaging/repository-document.ts';
import { clusterReport } from '../support/cluster-report.ts';
import { startCluster } from '../support/cluster.ts';
import type { Cluster } from '../support/cluster.ts';
import { imgpkg } from '../support/imgpkg.ts';
import { removeRepositories } from '../support/installed-packages.ts';
import { startKappController } from '../support/kapp-controller.ts';
import type { KappController } from '../support/kapp-controller.ts';
import { pathOf } from '../support/kube-client.ts';
import type { KubeObject } from '../support/kube-client.ts';
import { limitedTests } from '../support/limited-tests.ts';
import { startRegistry } from '../support/registry.ts';
import type { Registry } from '../support/registry.ts';
import { sessionOf, snapshotOf, stateOf } from '../support/sessions.ts';
import { whyNoCluster } from '../support/setup/kubernetes.mjs';

const tar = fileURLToPath(new URL('../fixtures/example-packages/example-packages.tar', import.meta.url));
const DIGEST = 'sha256:21efc89e5df8c37cc942c7c992de7b4477a956a34f3f195801ed711eaf425527';
const API = 'packaging.carvel.dev/v1alpha1';
const at = (namespace: string): { namespace: string; name: string } => ({ namespace, name: 'packages' });
const inTeam = ({ namespace }: { namespace: string }): boolean => namespace === 'team';
const hasTeam = ({ packages }: ClusterSnapshot): boolean => packages.items.filter(inTeam).length === 2;
const missing = whyNoCluster();
const skip = missing !== undefined && !process.env['CI'] && missing;

describe('access to a cluster', { skip }, () => {
  let registry: Registry;
  let cluster: Cluster;
  let kappController: KappController | undefined;
  let admin: ClusterSession;
  let signal: AbortSignal;
  const { before, test } = limitedTests({
    onBegin: (its) => (signal = its),
    report: (isLate) => clusterReport(isLate, cluster, kappController),
  });

  before(async () => {
    registry = await startRegistry();
    const repository = `${registry.host}/mirror/packages`;
    const { code, stderr } = await imgpkg(['copy', '--tar', tar, '--to-repo', repository]);
    assert.equal(code, 0, stderr);
    cluster = await startCluster({ namespace: 'team' });
    admin = await sessionOf(cluster.kubeconfig);
  });

  after(async () => {
    await kappController?.stop();
    await cluster?.stop();
    await registry?.stop();
  });

  /** Each test that needs kapp-controller or a repository asks for it, so that none depends on one before it. */
  async function withKappController(): Promise<KappController> {
    return (kappController ??= await startKappController(cluster));
  }

  async function teamIsReady(): Promise<ReconcileState> {
    await withKappController();
    await admin.applyPackageRepository(document('team'), { signal });
    return stateOf(admin, at('team'), ({ kind }) => kind === 'ready', signal);
  }

  /** Removes what a test has left, whether it passed or not: kapp-controller works on one repository at a time. */
  const removed = (...namespaces: string[]): Promise<void> => removeRepositories(cluster, ...namespaces);

  const document = (namespace: string, digest = DIGEST): string =>
    packageRepositoryDocument({ bundle: { registry: registry.host, path: 'mirror/packages', digest }, namespace });

  test('a cluster without kapp-controller is reported', async (context) => {
    if (!cluster.local) return context.skip('the cluster of TEST_KUBECONFIG has one');
    const check = await admin.check(signal);
    assert.equal(check.kind, 'no-kapp-controller');
    await assert.rejects(admin.applyPackageRepository(document('team'), { signal }), { code: 'cluster.api-missing' });
  });

  test('a cluster with kapp-controller is ready, and its version is shown', async () => {
    await withKappController();
    const check = await admin.check(signal);
    assert.equal(check.kind, 'ready');
    assert.match(check.serverVersion ?? '', /^v1\.\d+/);
    assert.equal(check.kind === 'ready' && check.packagesProblem, undefined);
  });

  test('a dry run shows what would be stored, and stores nothing', async () => {
    await withKappController();
    await admin.createNamespace('dry', signal);
    const { repository, yaml } = await admin.applyPackageRepository(document('dry'), { signal, dryRun: true });
    assert.equal(repository.name, 'packages');
    assert.deepEqual(parse(yaml), parse(document('dry')));
    assert.equal(await admin.getPackageRepository('dry', 'packages', signal), undefined);
  });

  test('the relocated bundle is applied, reconciles, and its Packages come from the new registry', async () => {
    const state = await teamIsReady();
    assert.equal(state.kind === 'ready' && state.resolved?.digest, DIGEST);

    const { repositories, packages } = await snapshotOf(admin, hasTeam, signal);
    assert.deepEqual(
      repositories.items.filter(inTeam).map(({ name }) => name),
      ['packages'],
    );
    assert.deepEqual(
      packages.items.filter(inTeam).map(({ refName, version, repository }) => [refName, version, repository?.name]),
      [
        ['api.apps.example.com', '1.0.0', 'packages'],
        ['web.apps.example.com', '1.0.0', 'packages'],
      ],
    );
    for (const { images } of packages.items.filter(inTeam)) {
      assert.ok(
        images.every((image) => image.startsWith(`${registry.host}/mirror/packages@sha256:`)),
        images.join(),
      );
    }
    assert.deepEqual([repositories.problem, packages.problem], [undefined, undefined]);
  });

  test("the stored spec is the document's", async () => {
    await teamIsReady();
    const stored = await admin.getPackageRepository('team', 'packages', signal);
    assert.deepEqual(parse(stored?.yaml ?? ''), parse(document('team')));
  });

  test('whether a Secret exists is reported to users who may read it', async () => {
    const metadata = { name: 'pull', namespace: 'team' };
    await cluster.client.request('POST', '/api/v1/namespaces/team/secrets', {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata,
    });
    assert.deepEqual(
      [await admin.hasSecret('team', 'pull', signal), await admin.hasSecret('team', 'other', signal)],
      [true, false],
    );
    if (!cluster.local) return;
    const visitor = await sessionOf(await cluster.local.kubeconfigFor({ name: 'visitor' }));
    assert.equal((await failed(visitor.hasSecret('team', 'pull', signal))).code, 'cluster.forbidden');
  });

  test('a missing namespace is reported by name, and can be created', async () => {
    await withKappController();
    const failure = await failed(admin.applyPackageRepository(document('fresh'), { signal }));
    assert.deepEqual([failure.code, failure.args['namespace']], ['cluster.namespace-missing', 'fresh']);
    await admin.createNamespace('fresh', signal);
    await admin.createNamespace('fresh', signal);
    await admin.applyPackageRepository(document('fresh'), { signal, dryRun: true });
  });

  test('a field of another manager is a conflict that names it, until it is taken over', async (context) => {
    await withKappController();
    context.after(() => removed('shared'));
    await admin.createNamespace('shared', signal);
    const object = parse(document('shared').replace('mirror/packages@', 'elsewhere@')) as Parameters<
      Cluster['client']['apply']
    >[1];
    await cluster.client.apply('packagerepositories', object);
    const failure = await failed(admin.applyPackageRepository(document('shared'), { signal }));
    assert.equal(failure.code, 'cluster.conflict');
    assert.deepEqual(
      [failure.args['managers'], failure.args['fields']],
      ['test-bench', 'spec.fetch.imgpkgBundle.image'],
    );
    await failed(admin.applyPackageRepository(document('shared'), { signal, dryRun: true }));
    const { repository } = await admin.applyPackageRepository(document('shared'), { signal, force: true });
    assert.equal(
      repository.source.kind === 'imgpkgBundle' && repository.source.image,
      `${registry.host}/mirror/packages@${DIGEST}`,
    );
  });

  test('a misspelled field is rejected with its name', async () => {
    await withKappController();
    const misspelt = document('team').replace('imgpkgBundle:', 'imgpkgBundel:');
    const failure = await failed(admin.applyPackageRepository(misspelt, { signal }));
    assert.equal(failure.code, 'cluster.invalid', failure.message);
    assert.match(failure.message, /imgpkgBundel/);
  });

  test('a document that would block the whole cluster is rejected; if another tool applied it, it is named', async (context) => {
    await withKappController();
    const bad = document('team').replace('spec:', 'spec:\n  syncPeriod: 1d');
    const refused = await failed(admin.applyPackageRepository(bad, { signal, dryRun: true }));
    assert.equal(refused.code, 'packaging.document-undecodable');

    for (const namespace of ['stopper', 'stopped']) await admin.createNamespace(namespace, signal);
    let hasContinued = false;
    context.after(async () => {
      await cluster.client.request('DELETE', path).catch(() => undefined);
      // Until kapp-controller has noticed the deletion, it would be blocked for the other tests.
      if (!hasContinued) await restarted();
      await removed('stopped');
    });
    const path = `${pathOf(API, 'packagerepositories', 'stopper')}/packages`;
    const stored = parse(document('stopper')) as KubeObject;
    await cluster.client.apply('packagerepositories', { ...stored, spec: { ...stored.spec, syncPeriod: '1d' } });
    await admin.applyPackageRepository(document('stopped'), { signal });
    const state = await stateOf(admin, at('stopped'), ({ kind }) => kind === 'blocked', signal);
    assert.deepEqual(state.kind === 'blocked' && state.by, {
      namespace: 'stopper',
      name: 'packages',
      field: 'spec.syncPeriod',
      value: '1d',
    });
    const { repositories } = await snapshotOf(
      admin,
      (seen) => seen.repositories.items.some(({ namespace }) => namespace === 'stopper'),
      signal,
    );
    const seen = repositories.items.find(({ namespace }) => namespace === 'stopper');
    assert.equal(seen && reconcileState(seen, Date.now()).kind, 'undecodable');

    await cluster.client.request('DELETE', path);
    // kapp-controller tries again after pauses that grow to a minute.
    await stateOf(admin, at('stopped'), ({ kind }) => kind === 'ready', signal);
    hasContinued = true;
  });

  test('a digest that was not relocated fails, and is explained', async (context) => {
    await withKappController();
    context.after(() => removed('hole'));
    await admin.createNamespace('hole', signal);
    await admin.applyPackageRepository(document('hole', `sha256:${'0'.repeat(64)}`), { signal });
    const state = await stateOf(admin, at('hole'), ({ kind }) => kind === 'failed', signal);
    assert.equal(state.kind === 'failed' && state.stage, 'fetch');
    assert.equal(state.kind === 'failed' && state.explanation?.code, 'reconcile.image-missing');
  });

  test('changes by others are seen: a repository appears, is paused, and disappears', async (context) => {
    await withKappController();
    context.after(() => removed('others'));
    await admin.createNamespace('others', signal);
    const path = `${pathOf(API, 'packagerepositories', 'others')}/packages`;
    const stop = new AbortController();
    const seen: string[] = [];
    await admin.watchPackageRepository(
      'others',
      'packages',
      (observation) => {
        const kind = observation.kind === 'present' ? observation.state.kind : observation.kind;
        if (seen.at(-1) !== kind) seen.push(kind);
        if (kind === 'absent' && seen.length === 1)
          void cluster.client.apply('packagerepositories', parse(document('others')));
        if (kind === 'ready') void pause(cluster, path, true);
        if (kind === 'paused') void cluster.client.request('DELETE', path);
        if (kind === 'deletion-blocked') void pause(cluster, path, false);
        if (kind === 'absent' && seen.length > 1) stop.abort();
      },
      AbortSignal.any([stop.signal, signal]),
    );
    for (const kind of ['ready', 'paused', 'deletion-blocked', 'deleting', 'absent'])
      assert.ok(seen.includes(kind), seen.join());
    assert.equal(seen[0], 'absent');
  });

  test('every action reports missing permissions', async (context) => {
    await withKappController();
    if (!cluster.local) return context.skip('the cluster of TEST_KUBECONFIG has its own users');
    const visitor = await sessionOf(await cluster.local.kubeconfigFor({ name: 'visitor' }));
    assert.equal((await visitor.check(signal)).kind, 'ready', 'discovery is open to every user');
    for (const action of [
      () => visitor.applyPackageRepository(document('team'), { signal }),
      () => visitor.getPackageRepository('team', 'packages', signal),
      () => visitor.createNamespace('mine', signal),
      () => visitor.watchPackageRepository('team', 'packages', () => undefined, signal),
    ]) {
      const failure = await failed(action());
      assert.equal(failure.code, 'cluster.forbidden');
      assert.match(failure.message, /User "visitor" cannot/);
    }
    const { repositories, packages } = await snapshotOf(visitor, () => true, signal);
    assert.deepEqual(
      [repositories.problem?.error.code, packages.problem?.error.code],
      Array(2).fill('cluster.forbidden'),
    );
  });

  test("a user of one namespace sees that namespace's repositories and Packages", async (context) => {
    if (!cluster.local) return context.skip('the cluster of TEST_KUBECONFIG has its own users');
    const rules = [
      {
        apiGroups: ['packaging.carvel.dev', 'data.packaging.carvel.dev'],
        resources: ['*'],
        verbs: ['get', 'list', 'watch'],
      },
    ];
    const metadata = { name: 'reader' };
    const rbac = 'rbac.authorization.k8s.io';
    const create = (plural: string, object: object): Promise<unknown> =>
      cluster.client.request('POST', pathOf(`${rbac}/v1`, plural, 'team'), {
        apiVersion: `${rbac}/v1`,
        metadata,
        ...object,
      });
    await create('roles', { kind: 'Role', rules });
    await create('rolebindings', {
      kind: 'RoleBinding',
      roleRef: { apiGroup: rbac, kind: 'Role', name: 'reader' },
      subjects: [{ kind: 'User', name: 'reader', apiGroup: rbac }],
    });
    const reader = await sessionOf(await cluster.local.kubeconfigFor({ name: 'reader' }));
    await teamIsReady();
    const { repositories, packages } = await snapshotOf(reader, hasTeam, signal);
    assert.deepEqual([repositories.namespace, packages.namespace], ['team', 'team']);
    assert.deepEqual(
      repositories.items.map(({ name }) => name),
      ['packages'],
    );
  });

  test('unknown credentials are unauthorized', async () => {
    const session = await sessionWithUser(cluster, { token: 'made-up' });
    const failure = await failed(session.check(signal));
    assert.equal(failure.code, 'cluster.unauthorized');
  });

  test('a request without credentials is reported as anonymous, and plain http as missing https', async (context) => {
    if (!cluster.local) return context.skip('the cluster of TEST_KUBECONFIG may treat them otherwise');
    const nobody = await failed((await sessionWithUser(cluster, {})).packageRepositories('team', signal));
    assert.equal(nobody.code, 'cluster.anonymous');
    for (const server of [cluster.apiServer.replace('https:', 'http:'), cluster.apiServer.replace('https://', '')]) {
      const plain = await failed((await sessionWithUser(cluster, { token: 'made-up' }, server)).check(signal));
      assert.equal(plain.code, 'cluster.https-needed', plain.message);
    }
  });

  test('if the API for Packages fails and recovers, the list shows that, and keeps what it knew meanwhile', async (context) => {
    const started = await withKappController();
    if (started.variant !== 'aggregated') return context.skip('only the aggregated API can go');
    await teamIsReady();
    await snapshotOf(admin, hasTeam, signal);
    const stop = new AbortController();
    const phases: string[] = [];
    let again: Promise<void> | undefined;
    context.after(() => again ?? restarted());
    await admin.watch(
      ({ packages }) => {
        const phase = `${packages.items.filter(inTeam).length} ${packages.problem === undefined ? 'fresh' : 'stale'}`;
        if (phases.at(-1) !== phase) phases.push(phase);
        if (phases.length === 1) void started.stop();
        if (phase === '2 stale') again ??= restarted();
        if (phases.length > 1 && phase === '2 fresh') stop.abort();
      },
      AbortSignal.any([stop.signal, signal]),
    );
    assert.deepEqual(phases, ['2 fresh', '2 stale', '2 fresh']);
  });

  test('a cluster that is gone is reported as unreachable, and a watch ends at once when it is stopped', async (context) => {
    if (!cluster.local) return context.skip('the cluster of TEST_KUBECONFIG is not ours to stop');
    await teamIsReady();
    const stop = new AbortController();
    let lost: (() => void) | undefined;
    const away = new Promise<void>((resolve) => (lost = resolve));
    const watching = admin.watch(
      ({ repositories }) => {
        if (repositories.problem === undefined) return;
        assert.equal(repositories.items.length > 0, true, 'what was known stays');
        lost?.();
      },
      AbortSignal.any([stop.signal, signal]),
    );
    await kappController?.stop();
    kappController = undefined;
    await cluster.stop();
    await away;
    assert.equal((await failed(admin.check(signal))).code, 'cluster.connection-refused');
    stop.abort();
    await watching;
  });

  async function restarted(): Promise<void> {
    await kappController?.stop();
    kappController = await startKappController(cluster);
  }
});

async function sessionWithUser(cluster: Cluster, user: object, server = cluster.apiServer): Promise<ClusterSession> {
  const { readFile, writeFile } = await import('node:fs/promises');
  const config = parse(await readFile(cluster.kubeconfig, 'utf8')) as {
    users: { user: object }[];
    clusters: { cluster: { server: string } }[];
  };
  for (const entry of config.users) entry.user = user;
  for (const entry of config.clusters) entry.cluster.server = server;
  const file = `${cluster.kubeconfig}.other`;
  await writeFile(file, JSON.stringify(config), { mode: 0o600 });
  return sessionOf(file);
}

async function failed(
  promise: Promise<unknown>,
): Promise<{ code: string; message: string; args: Record<string, unknown> }> {
  try {
    await promise;
  } catch (error) {
    return error as { code: string; message: string; args: Record<string, unknown> };
  }
  return assert.fail('it did not fail');
}

async function pause(cluster: Cluster, path: string, paused: boolean): Promise<void> {
  await cluster.client.request('PATCH', path, { spec: { paused } }, 'application/merge-patch+json');
}
