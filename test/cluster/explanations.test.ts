// What the real kapp-controller and its tools write of faults that only a cluster produces, and what is made of it.
import assert from 'node:assert/strict';
import { after, describe } from 'node:test';
import type { ClusterSession } from '../../src/cluster/api.ts';
import { withConflictOwner } from '../../src/packaging/conflict-owner.ts';
import { describeState } from '../../src/packaging/describe-state.ts';
import { explainInstallFailure } from '../../src/packaging/explain-failure.ts';
import { installProblem, installState } from '../../src/packaging/package-install.ts';
import type { PackageInstall } from '../../src/packaging/package-install.ts';
import { reconcileState } from '../../src/packaging/reconcile-state.ts';
import type { ReconcileState } from '../../src/packaging/reconcile-state.ts';
import { remedyOf } from '../../src/packaging/state-remedy.ts';
import { clusterReport } from '../support/cluster-report.ts';
import { startCluster } from '../support/cluster.ts';
import type { Cluster } from '../support/cluster.ts';
import { startKappController, systemNamespace } from '../support/kapp-controller.ts';
import type { KappController } from '../support/kapp-controller.ts';
import { type KubeObject, pathOf } from '../support/kube-client.ts';
import { removeRepositories } from '../support/installed-packages.ts';
import { McpClient } from '../support/mcp-client.ts';
import { limitedTests } from '../support/limited-tests.ts';
import { RawRepository } from '../support/raw-registry.ts';
import { startRegistry } from '../support/registry.ts';
import type { Registry } from '../support/registry.ts';
import { pushRepositoryBundle } from '../support/repository-bundle.ts';
import { sessionOf, stateOf } from '../support/sessions.ts';
import { whyNoCluster } from '../support/setup/kubernetes.mjs';

const missing = whyNoCluster();
const skip = missing !== undefined && !process.env['CI'] && missing;
const namespace = 'explained';
const HOUR = 3_600_000;
const LOCKED = `127.0.0.1:1/locked@sha256:${'1'.repeat(64)}`;

describe('explanations', { skip }, () => {
  let registry: Registry;
  let cluster: Cluster;
  let kappController: KappController;
  let session: ClusterSession;
  let signal: AbortSignal;
  const { before, test } = limitedTests({
    onBegin: (its) => (signal = its),
    report: (isLate) => clusterReport(isLate, cluster, kappController),
  });

  before(async () => {
    registry = await startRegistry();
    cluster = await startCluster({ namespace });
    kappController = await startKappController(cluster);
    session = await sessionOf(cluster.kubeconfig);
  });

  after(async () => {
    session?.close();
    await kappController?.stop();
    await cluster?.stop();
    await registry?.stop();
  });

  const at = (name: string): { namespace: string; name: string } => ({ namespace, name });
  const settled = ({ kind }: ReconcileState): boolean => kind === 'ready' || kind === 'failed';
  const explained = (state: ReconcileState): unknown[] => [
    state.kind === 'failed' ? state.explanation?.code : state.kind,
    remedyOf(state),
  ];
  const linesOf = (state: ReconcileState): string =>
    JSON.stringify(describeState(state, (time) => new Date(time).toISOString()).lines);

  async function push(path: string, packages: Record<string, string>): Promise<string> {
    await pushRepositoryBundle(new RawRepository(registry.host, path), LOCKED, packages);
    return `${registry.host}/${path}:packages`;
  }

  async function applied(name: string, image: string, more: object = {}): Promise<ReconcileState> {
    const spec = { fetch: { imgpkgBundle: { image } }, ...more };
    const apiVersion = 'packaging.carvel.dev/v1alpha1';
    const object = { apiVersion, kind: 'PackageRepository', metadata: at(name), spec };
    await session.applyPackageRepository(JSON.stringify(object), { signal });
    return stateOf(session, at(name), settled, signal);
  }

  const removed = (): Promise<void> => removeRepositories(cluster, namespace);

  test('an agent sees the failing PackageRepository first, with its cause and remedy', async (context) => {
    context.after(removed);
    const good = await push('agents/packages', { web: 'inline: {paths: {a.yml: "# x"}}' });
    await applied('working', good);
    await applied('broken', `${registry.host}/agents/missing:1`);
    const agent = await McpClient.start({ env: { KUBECONFIG: cluster.kubeconfig } });
    try {
      const { summary, untrusted } = await agent.call('explain_state', { namespace });
      assert.match(summary, /^2 objects \(error: 1, .*: 1\)/);
      const [first] = untrusted['objects'] as { name: string; code: string; remedy: string }[];
      assert.deepEqual([first?.name, first?.remedy], ['broken', 'relocate']);
      assert.match(first?.code ?? '', /^reconcile\./);
      const one = await agent.call('explain_state', { namespace, name: 'broken' });
      assert.deepEqual(one.untrusted['objects'], [first]);
      const none = await agent.failure('explain_state', { namespace, name: 'nothing' });
      assert.equal(none.untrusted['code'], 'agent.object-missing');
      const audit = await agent.call('audit', { context: session.context, namespace, inside: [registry.host] });
      assert.equal(audit.untrusted.kind, 'ClusterAudit');
    } finally {
      await agent.stop();
    }
  });

  test('a failure of kbld at another registry is not blamed on the bundle, and offers no pull secret', async (context) => {
    context.after(removed);
    const image = await push('kbld/packages', { web: 'imgpkgBundle: {image: "vendor.invalid/web:1"}' });
    const state = await applied('kbld', image);
    assert.deepEqual(explained(state), ['reconcile.image-not-in-lock', 'reconcile']);
    assert.match(linesOf(state), /vendor\.invalid\/web:1/);
  });

  test('Packages left behind by a deleted repository are named and deleted, and the new one provides them', async (context) => {
    context.after(removed);
    const inline = (text: string): string => `inline: {paths: {a.yml: "# ${text}"}}`;
    const old = await push('old/packages', { web: inline('old'), db: inline('old') });
    assert.equal((await applied('old', old)).kind, 'ready');
    const path = pathOf('packaging.carvel.dev/v1alpha1', 'packagerepositories', namespace);
    // Somebody takes the finalizer away: kapp-controller deletes nothing.
    await session.changePackageRepository(at('old'), 'pause', signal);
    await session.deletePackageRepository(at('old'), signal);
    await cluster.client.request(
      'PATCH',
      `${path}/old`,
      { metadata: { finalizers: null } },
      'application/merge-patch+json',
    );
    const image = await push('new/packages', { web: inline('new'), db: inline('new') });
    const failed = await applied('new', image);
    assert.deepEqual(explained(failed), ['reconcile.conflict', 'reconcile']);
    const [packages, repositories] = await Promise.all([
      session.packages(namespace, signal),
      session.packageRepositories(namespace, signal),
    ]);
    const completed = withConflictOwner(failed, at('new'), packages, repositories);
    assert.deepEqual(explained(completed), ['reconcile.conflict-leftover', 'delete-leftovers']);
    assert.equal(completed.kind === 'failed' && completed.explanation?.args['owner'], 'old');

    assert.equal(await session.deleteLeftovers(at('old'), signal), 2);
    await session.changePackageRepository(at('new'), 'reconcile', signal);
    await stateOf(session, at('new'), ({ kind }) => kind === 'ready', signal);
    assert.deepEqual(
      (await session.packages(namespace, signal)).map(({ repository }) => repository?.name),
      ['new', 'new'],
    );
    await assert.rejects(session.deleteLeftovers(at('new'), signal), { code: 'cluster.repository-there' });
  });

  test('PackageInstalls that fail show the reason', async () => {
    const core = 'v1';
    const rbac = 'rbac.authorization.k8s.io/v1';
    const make = (resource: string, object: KubeObject): Promise<KubeObject> => cluster.client.apply(resource, object);
    for (const name of ['installer', 'powerless']) {
      await make('serviceaccounts', { apiVersion: core, kind: 'ServiceAccount', metadata: at(name) });
    }
    await make('clusterrolebindings', {
      apiVersion: rbac,
      kind: 'ClusterRoleBinding',
      metadata: { name: 'explained-installer' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
      subjects: [{ kind: 'ServiceAccount', name: 'installer', namespace }],
    } as never);
    const text = { values: 'wrong: true\n' };
    await make('secrets', {
      apiVersion: core,
      kind: 'Secret',
      metadata: at('wrong'),
      stringData: { 'values.yml': text.values },
    } as never);
    const configMap = (name: string, more = ''): string =>
      `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}, namespace: ${namespace}${more}}\n`;
    const files: Readonly<Record<string, string>> = {
      plain: configMap('plain'),
      values: `#@data/values-schema\n---\nright: 1\n`,
      kind: 'apiVersion: nowhere.example/v1\nkind: Nothing\nmetadata: {name: a}\n',
      place: configMap('place').replace(`namespace: ${namespace}`, 'namespace: nowhere'),
      policy: configMap('policy', ', labels: {explained: refused}'),
      fetch: '',
    };
    for (const [name, content] of Object.entries(files)) {
      const fetch =
        name === 'fetch'
          ? { imgpkgBundle: { image: `${registry.host}/none/none:1` } }
          : { inline: { paths: { 'a.yml': content } } };
      const template = { spec: { fetch: [fetch], template: [{ ytt: {} }], deploy: [{ kapp: {} }] } };
      await make('packages', {
        apiVersion: 'data.packaging.carvel.dev/v1alpha1',
        kind: 'Package',
        metadata: at(`${name}.apps.test.1.0.0`),
        spec: { refName: `${name}.apps.test`, version: '1.0.0', template },
      });
    }
    await refuseConfigMaps(make);
    const installs: readonly (readonly [string, object, string])[] = [
      ['none', {}, 'package-missing'],
      [
        'plain',
        { packageRef: { refName: 'plain.apps.test', versionSelection: { constraints: '2.x' } } },
        'version-missing',
      ],
      ['plain', { serviceAccountName: 'nobody' }, 'service-account-missing'],
      ['plain', { serviceAccountName: 'powerless' }, 'rights-missing'],
      ['values', { values: [{ secretRef: { name: 'absent' } }] }, 'values-missing'],
      ['values', { values: [{ secretRef: { name: 'wrong' } }] }, 'value-unknown'],
      ['kind', {}, 'kind-missing'],
      ['place', {}, 'namespace-missing'],
      ['policy', {}, 'admission-denied'],
      ['fetch', {}, 'image-missing'],
    ];
    for (const [index, [name, more]] of installs.entries()) {
      const packageRef = { refName: `${name}.apps.test`, versionSelection: { constraints: '1.0.0' } };
      await make('packageinstalls', {
        apiVersion: 'packaging.carvel.dev/v1alpha1',
        kind: 'PackageInstall',
        metadata: at(`i${index}`),
        spec: { serviceAccountName: 'installer', packageRef, ...more },
      });
    }
    const failed = await installsThat((install) => installState(install) === 'failed', installs.length);
    const reported = installs.map(([, , code], index) => {
      const install = failed.find(({ name }) => name === `i${index}`) ?? assert.fail(`i${index}`);
      const problem = installProblem(install);
      return [code, explainInstallFailure(problem, install)?.code.replace('reconcile.', '') ?? problem];
    });
    assert.deepEqual(
      reported,
      installs.map(([, , code]) => [code, code]),
    );
  });

  test('the namespace of kapp-controller is the one that the cluster reports', async () => {
    const { controllerNamespace } = await session.health(signal);
    // A plain custom resource is served by no service.
    if (kappController.variant === 'aggregated') assert.equal(controllerNamespace, systemNamespace);
  });

  test('without kapp-controller, nothing stays busy or green for ever', async (context) => {
    if (cluster.local === undefined) return context.skip('kapp-controller of TEST_KUBECONFIG is not ours to stop');
    const image = await push('still/packages', { web: 'inline: {paths: {a.yml: "# x"}}' });
    assert.equal((await applied('still', image)).kind, 'ready');
    await kappController.stop();
    context.after(async () => {
      kappController = await startKappController(cluster);
      await removed();
    });
    const state = async (later: number): Promise<ReconcileState> => {
      const stored = await session.getPackageRepository(namespace, 'still', signal);
      return reconcileState(stored?.repository ?? assert.fail(), Date.now() + later);
    };
    assert.deepEqual([(await state(0)).severity, (await state(3 * 24 * HOUR)).severity], ['ok', 'warning']);
    const document = JSON.stringify({
      apiVersion: 'packaging.carvel.dev/v1alpha1',
      kind: 'PackageRepository',
      metadata: at('still'),
      spec: { syncPeriod: '1h', fetch: { imgpkgBundle: { image } } },
    });
    await session.applyPackageRepository(document, { signal });
    assert.deepEqual([(await state(0)).kind, (await state(0)).severity], ['waiting', 'busy']);
    assert.equal((await state(HOUR)).severity, 'warning');
    await session.deletePackageRepository(at('still'), signal);
    assert.deepEqual([(await state(0)).kind, (await state(0)).severity], ['deleting', 'busy']);
    assert.equal((await state(HOUR)).severity, 'warning');
    assert.match(linesOf(await state(HOUR)), /finalizers\.packagerepository\.packaging\.carvel\.dev\/delete/);
    return undefined;
  });

  /** A policy of the API server, without a webhook. */
  async function refuseConfigMaps(make: (resource: string, object: KubeObject) => Promise<unknown>): Promise<void> {
    const apiVersion = 'admissionregistration.k8s.io/v1';
    const metadata = { name: 'explained' };
    const rule = { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['configmaps'] };
    await make('validatingadmissionpolicies', {
      apiVersion,
      kind: 'ValidatingAdmissionPolicy',
      metadata,
      spec: {
        matchConstraints: { resourceRules: [rule], objectSelector: { matchLabels: { explained: 'refused' } } },
        validations: [{ expression: 'false', message: 'no ConfigMaps here' }],
      },
    });
    await make('validatingadmissionpolicybindings', {
      apiVersion,
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata,
      spec: { policyName: 'explained', validationActions: ['Deny'] },
    });
  }

  async function installsThat(fit: (install: PackageInstall) => boolean, count: number): Promise<PackageInstall[]> {
    const stop = new AbortController();
    let found: PackageInstall[] = [];
    await session.watch(
      ({ installs }) => {
        found = installs.items.filter(fit);
        if (found.length >= count) stop.abort();
      },
      AbortSignal.any([stop.signal, signal]),
      namespace,
    );
    return found;
  }
});
