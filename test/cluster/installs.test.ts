// Packages are installed, upgraded and deleted against the real kube-apiserver and kapp-controller, by this extension and by
// the real kctrl in turn.
import assert from 'node:assert/strict';
import { after, describe } from 'node:test';
import { parse } from 'yaml';

import type { ClusterSession } from '../../src/cluster/api.ts';
import { describeInstall } from '../../src/packaging/describe-install.ts';
import { installDocument } from '../../src/packaging/install/install-document.ts';
import type { InstallPlan } from '../../src/packaging/install/install-document.ts';
import { parseValuesSchema } from '../../src/packaging/install/values-schema.ts';
import { valuesDocument } from '../../src/packaging/install/values-document.ts';
import { installState } from '../../src/packaging/package-install.ts';
import type { InstallState, PackageInstall } from '../../src/packaging/package-install.ts';
import { clusterReport } from '../support/cluster-report.ts';
import { startCluster } from '../support/cluster.ts';
import type { Cluster } from '../support/cluster.ts';
import { kctrl } from '../support/kctrl.ts';
import { startKappController } from '../support/kapp-controller.ts';
import type { KappController } from '../support/kapp-controller.ts';
import { KubeError, type KubeObject, pathOf } from '../support/kube-client.ts';
import { removeInstalls } from '../support/installed-packages.ts';
import { limitedTests } from '../support/limited-tests.ts';
import { samplePackage, sampleVersion } from '../support/sample-package.ts';
import { grant, readerRules, sessionOf } from '../support/sessions.ts';
import { whyNoCluster } from '../support/setup/kubernetes.mjs';

const missing = whyNoCluster();
const skip = missing !== undefined && !process.env['CI'] && missing;
const RBAC = 'rbac.authorization.k8s.io/v1';

describe('installing Packages', { skip }, () => {
  let cluster: Cluster;
  let kappController: KappController;
  let admin: ClusterSession;
  let signal: AbortSignal;
  const { before, test } = limitedTests({
    onBegin: (its) => (signal = its),
    report: (isLate) => clusterReport(isLate, cluster, kappController),
  });

  before(async () => {
    cluster = await startCluster({ namespace: 'team' });
    kappController = await startKappController(cluster);
    admin = await sessionOf(cluster.kubeconfig);
    for (const version of ['1.0.0', '1.1.0', '2.0.0']) {
      await cluster.client.apply('packages', sampleVersion(version, 'team'));
    }
  });

  after(async () => {
    await kappController?.stop();
    await cluster?.stop();
  });

  const plan = (name: string, more: Partial<InstallPlan> = {}): InstallPlan => ({
    namespace: 'team',
    name,
    refName: samplePackage,
    constraints: '1.0.0',
    rights: { kind: 'namespace' },
    ...more,
  });
  const settle = async (name: string, ...states: readonly InstallState[]): Promise<PackageInstall> => {
    const stop = new AbortController();
    let found: PackageInstall | undefined;
    let last: unknown;
    await admin.watchPackageInstall(
      { namespace: 'team', name },
      (seen) => {
        last = seen;
        if (seen.kind !== 'present' || !states.includes(installState(seen.install))) return;
        found = seen.install;
        stop.abort();
      },
      AbortSignal.any([stop.signal, signal]),
    );
    return found ?? assert.fail(`seen last: ${JSON.stringify(last)}`);
  };
  const read = (
    apiVersion: string,
    resource: string,
    name: string,
    namespace?: string,
  ): Promise<KubeObject | undefined> =>
    cluster.client.get<KubeObject>(`${pathOf(apiVersion, resource, namespace)}/${name}`).catch((error: unknown) => {
      if (error instanceof KubeError && error.status === 404) return undefined;
      throw error;
    });
  /** Leaves only what this test needs: two PackageInstalls cannot own the same ConfigMap. */
  const onlyWith = async (...names: string[]): Promise<void> => {
    await removeInstalls(cluster, 'team', names);
    if ((await Promise.all(names.map(isInstalled))).includes(true)) return;
    const path = `${pathOf('v1', 'configmaps', 'team')}/greeter`;
    if ((await greeting()) !== undefined) await cluster.client.request('DELETE', path);
  };
  const isInstalled = async (name: string): Promise<boolean> =>
    (await read('packaging.carvel.dev/v1alpha1', 'packageinstalls', name, 'team')) !== undefined;
  const greeting = async (): Promise<unknown> =>
    ((await read('v1', 'configmaps', 'greeter', 'team')) as { data?: unknown } | undefined)?.data;
  const listed = async (): Promise<string> => {
    const { stdout, stderr, code } = await kctrl(cluster.kubeconfig, ['package', 'installed', 'list', '-n', 'team']);
    assert.equal(code, 0, stderr);
    return stdout;
  };

  test('the cluster tells the schema of a version', async () => {
    const details = await admin.packageDetails('team', { refName: samplePackage, version: '2.0.0' }, signal);
    assert.equal(details?.releaseNotes, 'Notes of 2.0.0');
    const schema = parseValuesSchema(details.valuesSchema);
    assert.deepEqual([...(schema?.properties.keys() ?? [])].toSorted(), ['labels', 'salutation', 'times']);
    assert.equal(await admin.packageDetails('team', { refName: samplePackage, version: '9.9.9' }, signal), undefined);
  });

  test('a dry run stores nothing, and Apply installs with the values, within the namespace', async () => {
    await onlyWith();
    const details = await admin.packageDetails('team', { refName: samplePackage, version: '1.0.0' }, signal);
    const schema = parseValuesSchema(details?.valuesSchema) ?? assert.fail();
    const values = valuesDocument(schema).replace('# greeting: hello', 'greeting: "good morning"');
    const document = installDocument(plan('mine', { values }));
    const options = { signal, namespace: 'team' };
    const before = await admin.installObjects(document, options);
    assert.deepEqual(
      before.map(({ kind, name, yaml }) => [kind, name, yaml]),
      [
        ['ServiceAccount', 'mine-team-sa', undefined],
        ['Role', 'mine-team-sa', undefined],
        ['RoleBinding', 'mine-team-sa', undefined],
        ['Secret', 'mine-team-values', undefined],
        ['PackageInstall', 'mine', undefined],
      ],
    );
    const tried = await admin.applyInstall(document, { ...options, dryRun: true });
    assert.deepEqual(await admin.installObjects(document, options), before, 'nothing was stored');
    const applied = await admin.applyInstall(document, options);
    assert.deepEqual(
      tried.map(({ kind }) => kind),
      applied.map(({ kind }) => kind),
    );
    const after = await admin.installObjects(document, options);
    assert.deepEqual(
      after.map(({ yaml }) => yaml),
      applied.map(({ yaml }) => yaml),
    );
    const secret = parse(after.find(({ kind }) => kind === 'Secret')?.yaml ?? '') as { stringData: object };
    assert.deepEqual(secret.stringData, { 'values.yaml': values });
    const install = await settle('mine', 'ready', 'failed');
    assert.equal(installState(install), 'ready', install.status?.usefulErrorMessage);
    assert.equal(install.version, '1.0.0');
    assert.deepEqual(await greeting(), { text: 'good morning', times: '1', version: '1.0.0' });
    assert.match(await listed(), /mine\s+greeter\.apps\.test\s+1\.0\.0\s+Reconcile succeeded/);
  });

  test('kctrl upgrades it and deletes it with everything that belongs to it', async () => {
    await onlyWith('mine');
    if (!(await isInstalled('mine'))) {
      const values = 'greeting: good morning\n';
      await admin.applyInstall(installDocument(plan('mine', { values })), { signal, namespace: 'team' });
      await settle('mine', 'ready');
    }
    const args = ['package', 'installed', 'update', '-i', 'mine', '--version', '1.1.0', '-n', 'team'];
    const update = await kctrl(cluster.kubeconfig, args);
    assert.equal(update.code, 0, update.stderr);
    const install = await settle('mine', 'ready');
    assert.equal(install.version, '1.1.0');
    assert.deepEqual(await greeting(), { text: 'good morning', times: '1', version: '1.1.0' }, 'the values are kept');
    const removal = await kctrl(cluster.kubeconfig, ['package', 'installed', 'delete', '-i', 'mine', '-n', 'team']);
    assert.equal(removal.code, 0, removal.stderr);
    assert.equal(await greeting(), undefined);
    assert.equal(await read('v1', 'serviceaccounts', 'mine-team-sa', 'team'), undefined);
    assert.equal(await read('v1', 'secrets', 'mine-team-values', 'team'), undefined);
  });

  test('with rights in the whole cluster, the objects are those of kctrl', async () => {
    await onlyWith();
    const values = 'greeting: hello\n';
    const document = installDocument(plan('same', { rights: { kind: 'cluster' }, values }));
    await admin.applyInstall(document, { signal, namespace: 'team' });
    await settle('same', 'ready');
    const paths = (name: string): [string, string, string, string?][] => [
      ['v1', 'serviceaccounts', `${name}-team-sa`, 'team'],
      [RBAC, 'clusterroles', `${name}-team-cluster-role`],
      [RBAC, 'clusterrolebindings', `${name}-team-cluster-rolebinding`],
      ['packaging.carvel.dev/v1alpha1', 'packageinstalls', name, 'team'],
    ];
    const ours = await Promise.all(paths('same').map((path) => read(...path)));
    const removal = await kctrl(cluster.kubeconfig, ['package', 'installed', 'delete', '-i', 'same', '-n', 'team']);
    assert.equal(removal.code, 0, removal.stderr);
    for (const path of paths('same')) assert.equal(await read(...path), undefined, path.join(' '));
    await installByKctrl();
    const theirs = await Promise.all(paths('same').map((path) => read(...path)));
    for (const [index, each] of ours.entries()) {
      const [own, other] = [each, theirs[index]].map(comparable);
      // kctrl did not get any values here.
      delete (own?.['spec'] as Record<string, unknown> | undefined)?.['values'];
      assert.deepEqual(own, other);
    }
  });

  async function installByKctrl(): Promise<void> {
    const args = ['package', 'install', '-i', 'same', '-p', samplePackage, '--version', '1.0.0', '-n', 'team'];
    const install = await kctrl(cluster.kubeconfig, args);
    assert.equal(install.code, 0, install.stderr);
  }

  /** Installed with rights in the whole cluster, whichever tests have run before. */
  async function sameIsReady(): Promise<void> {
    await onlyWith('same');
    const document = installDocument(plan('same', { rights: { kind: 'cluster' }, constraints: '1.1.0' }));
    if (!(await isInstalled('same'))) await admin.applyInstall(document, { signal, namespace: 'team', force: true });
    await settle('same', 'ready');
  }

  test('takes over what kctrl installed, and the other manager is named before', async () => {
    await onlyWith('same');
    if (!(await isInstalled('same'))) await installByKctrl();
    const values = 'greeting: ours\n';
    const document = installDocument(plan('same', { rights: { kind: 'cluster' }, constraints: '1.1.0', values }));
    const options = { signal, namespace: 'team' };
    await assert.rejects(
      admin.applyInstall(document, { ...options, dryRun: true }),
      (error: { code: string; args: { managers: string } }) =>
        error.code === 'cluster.conflict' && error.args.managers === 'kctrl',
    );
    await admin.applyInstall(document, { ...options, force: true });
    // kapp-controller reports the success of the previous version until its App has seen the change.
    const { data } = (await cluster.client.waitFor(
      pathOf('v1', 'configmaps', 'team'),
      'fieldSelector=metadata.name=greeter',
      (object) => JSON.stringify(object).includes('1.1.0'),
      120,
    )) as KubeObject & { data: unknown };
    assert.deepEqual(data, { text: 'ours', times: '1', version: '1.1.0' });
    assert.equal((await settle('same', 'ready')).version, '1.1.0');
  });

  test('its resources are listed, it can be reconciled, paused and resumed', async () => {
    await sameIsReady();
    const object = { namespace: 'team', name: 'same' };
    const { app, resources, pods } = await admin.installDetails(object, signal);
    assert.equal(app.status?.fetch?.exitCode, 0);
    assert.deepEqual(
      resources.map(({ kind, name }) => `${kind} ${name}`),
      ['ConfigMap greeter'],
    );
    assert.deepEqual(pods, []);
    const fetchedAt = async (): Promise<unknown> => {
      const found = await read('kappctrl.k14s.io/v1alpha1', 'apps', 'same', 'team');
      return (found?.status?.['fetch'] as { startedAt?: string } | undefined)?.startedAt;
    };
    const before = await fetchedAt();
    await admin.changePackageInstall(object, 'reconcile', signal);
    await cluster.client.waitFor(
      pathOf('kappctrl.k14s.io/v1alpha1', 'apps', 'team'),
      'fieldSelector=metadata.name=same',
      ({ status }) => (status?.['fetch'] as { startedAt?: string } | undefined)?.startedAt !== before,
      120,
    );
    await settle('same', 'ready');
    await admin.changePackageInstall(object, 'pause', signal);
    await settle('same', 'paused');
    await admin.changePackageInstall(object, 'resume', signal);
    await settle('same', 'ready');
  });

  test('is deleted with what was created for it, and with nothing that only its annotations name', async () => {
    await sameIsReady();
    const object = { namespace: 'team', name: 'same' };
    const victim = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'victim', namespace: 'team' } };
    await cluster.client.apply('secrets', victim);
    const path = `${pathOf('packaging.carvel.dev/v1alpha1', 'packageinstalls', 'team')}/same`;
    const annotations = { 'packaging.carvel.dev/package-Secret': 'victim' };
    await cluster.client.request('PATCH', path, { metadata: { annotations } }, 'application/merge-patch+json');
    await admin.changePackageInstall(object, 'pause', signal);
    const deleted = await admin.deletePackageInstall(object, { keepResources: false }, signal);
    assert.deepEqual(
      deleted.map(({ kind }) => kind),
      ['ServiceAccount', 'ClusterRole', 'ClusterRoleBinding'],
    );
    assert.equal(await greeting(), undefined);
    assert.ok(await read('v1', 'secrets', 'victim', 'team'));
    assert.deepEqual(await admin.deletePackageInstall(object, { keepResources: false }, signal), []);
  });

  test('what it installed can be kept', async () => {
    await onlyWith();
    await admin.applyInstall(installDocument(plan('kept')), { signal, namespace: 'team' });
    await settle('kept', 'ready');
    const deleted = await admin.deletePackageInstall(
      { namespace: 'team', name: 'kept' },
      { keepResources: true },
      signal,
    );
    assert.deepEqual(deleted.map(({ kind }) => kind).toSorted(), ['Role', 'RoleBinding', 'ServiceAccount']);
    assert.deepEqual(await greeting(), { text: 'hello', times: '1', version: '1.0.0' });
  });

  test('values that violate the schema are explained', async () => {
    await onlyWith();
    const document = installDocument(plan('wrong', { values: 'greetings: hello\n' }));
    await admin.applyInstall(document, { signal, namespace: 'team' });
    const install = await settle('wrong', 'failed', 'ready');
    const description = describeInstall(install, { packages: [], installs: [], facts: {} }, Date.now(), String);
    assert.match(description.detail?.text ?? '', /no value/);
    assert.equal(description.severity, 'error');
  });

  test('a user who may only read gets an explanation, and can see what Apply would change', async (context) => {
    if (cluster.local === undefined) return context.skip('the cluster of TEST_KUBECONFIG has its own users');
    await grant(cluster, 'reader', 'team', readerRules);
    const reader = await sessionOf(await cluster.local.kubeconfigFor({ name: 'reader' }));
    const document = installDocument(plan('read', { values: 'times: 2\n' }));
    await onlyWith();
    await admin.applyInstall(document, { signal, namespace: 'team' });
    const options = { signal, namespace: 'team' };
    await assert.rejects(reader.applyInstall(document, { ...options, dryRun: true }), { code: 'cluster.forbidden' });
    const states = await reader.installObjects(document, options);
    assert.deepEqual(
      states.map(({ kind, yaml, unknown }) => [kind, yaml !== undefined, unknown !== undefined]),
      [
        ['ServiceAccount', false, true],
        ['Role', false, true],
        ['RoleBinding', false, true],
        ['Secret', false, true],
        ['PackageInstall', true, false],
      ],
    );
  });
});

/** What both must agree on: the content, without what a server adds. */
function comparable(object: KubeObject | undefined): Record<string, unknown> {
  const { metadata, status: _, ...content } = object ?? assert.fail('there is no object');
  const annotations = Object.entries((metadata['annotations'] ?? {}) as Record<string, string>).filter(
    // The older name of the same annotations, which kctrl also writes.
    ([key]) => !key.startsWith('tkg.tanzu.vmware.com/') && !key.endsWith('-Secret'),
  );
  return { ...content, name: metadata.name, annotations: Object.fromEntries(annotations) };
}
