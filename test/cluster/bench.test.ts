// The proof of the bench: the real imgpkg puts a bundle into the real registry, the real kapp-controller makes its
// packages known in the real API server.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, describe } from 'node:test';
import { fileURLToPath } from 'node:url';
import { clusterReport } from '../support/cluster-report.ts';
import { type Cluster, startCluster } from '../support/cluster.ts';
import { imgpkg } from '../support/imgpkg.ts';
import { globalNamespace, type KappController, startKappController } from '../support/kapp-controller.ts';
import { KubeClient, type KubeObject, pathOf } from '../support/kube-client.ts';
import { limitedTests } from '../support/limited-tests.ts';
import { type Registry, startRegistry } from '../support/registry.ts';
import { whyNoCluster } from '../support/setup/kubernetes.mjs';

const tar = fileURLToPath(new URL('../fixtures/example-packages/example-packages.tar', import.meta.url));
const packaging = 'packaging.carvel.dev/v1alpha1';
const data = 'data.packaging.carvel.dev/v1alpha1';
const missing = whyNoCluster();
const skip = missing !== undefined && !process.env['CI'] && missing;

describe('the test cluster', { skip }, () => {
  let registry: Registry;
  let secured: Registry;
  let cluster: Cluster;
  let kappController: KappController;
  let bundle = '';
  const { before, test } = limitedTests({ report: (isLate) => clusterReport(isLate, cluster, kappController) });

  before(async () => {
    registry = await startRegistry();
    secured = await startRegistry({ tls: {} });
    bundle = `${registry.host}/mirror/packages`;
    await importTar(bundle);
    await importTar(`${secured.host}/mirror/packages`, secured.caFile);
    const started = performance.now();
    cluster = await startCluster({ namespace: 'team' });
    const apiReady = performance.now();
    kappController = await startKappController(cluster, {
      config: { caCerts: await readFile(String(secured.caFile), 'utf8') },
    });
    const seconds = (from: number, to: number) => ((to - from) / 1000).toFixed(1);
    console.log(
      `API server ready after ${seconds(started, apiReady)} s, ` +
        `kapp-controller (${kappController.variant}) ${seconds(apiReady, performance.now())} s later`,
    );
  });

  after(async () => {
    await kappController?.stop();
    await cluster?.stop();
    await secured?.stop();
    await registry?.stop();
  });

  test('reconciles a PackageRepository on a bundle that imgpkg imported', async () => {
    const settled = await reconcile(cluster, 'example', globalNamespace, `${bundle}:v1.0.0`);
    assert.equal(settled.status?.['friendlyDescription'], 'Reconcile succeeded');
  });

  test('shows the packages of the global namespace in every namespace', async () => {
    await reconcile(cluster, 'example', globalNamespace, `${bundle}:v1.0.0`);
    // Only the aggregated API merges namespaces.
    const namespace = kappController.variant === 'plain' ? globalNamespace : 'team';
    const { items } = await cluster.client.get<{ items: KubeObject[] }>(pathOf(data, 'packages', namespace));
    const names = items.map(({ metadata }) => metadata.name);
    assert.deepEqual(names.sort(), ['api.apps.example.com.1.0.0', 'web.apps.example.com.1.0.0']);
    assert.ok(JSON.stringify(items).includes(`${registry.host}/mirror/packages@sha256:`));
  });

  test('makes kapp-controller trust the authorities in its caCerts', async (context) => {
    if (kappController.variant !== 'aggregated') return context.skip('it takes the faked pod');
    const settled = await reconcile(cluster, 'secured', 'team', `${secured.host}/mirror/packages:v1.0.0`);
    assert.equal(settled.status?.['friendlyDescription'], 'Reconcile succeeded');
  });

  test('starts a kapp-controller again that crashes', async (context) => {
    if (!cluster.local) return context.skip('kapp-controller of TEST_KUBECONFIG is not ours to kill');
    await kappController.restart('SIGKILL');
    const settled = await reconcile(cluster, 'after-crash', globalNamespace, `${bundle}:v1.0.0`);
    assert.equal(settled.status?.['friendlyDescription'], 'Reconcile succeeded');
    assert.match(kappController.state(), /^runs; kapp-controller ended with /);
  });

  test('allows a user only what RBAC grants', async (context) => {
    if (!cluster.local) return context.skip('the cluster of TEST_KUBECONFIG has its own users');
    const client = await KubeClient.fromKubeconfig(await cluster.local.kubeconfigFor({ name: 'visitor' }));
    context.after(() => client.close());
    await assert.rejects(client.get(pathOf(packaging, 'packagerepositories')), { status: 403 });
  });

  test('finishes the deletion of a namespace', async () => {
    const metadata = { name: 'short-lived' };
    await cluster.client.apply('namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata });
    await cluster.client.request('DELETE', '/api/v1/namespaces/short-lived');
    const query = 'fieldSelector=metadata.name=short-lived';
    // A watch that begins after the end sees nothing, so the end may also be read.
    const ended = () => cluster.client.get<{ items: KubeObject[] }>(`/api/v1/namespaces?${query}`);
    if ((await ended()).items.length === 0) return;
    await cluster.client.waitFor('/api/v1/namespaces', query, (_namespace, type) => type === 'DELETED', 60);
  });
});

async function importTar(repository: string, caFile?: string): Promise<void> {
  const trust = caFile === undefined ? [] : ['--registry-ca-cert-path', caFile];
  const { code, stderr } = await imgpkg(['copy', '--tar', tar, '--to-repo', repository, ...trust]);
  assert.equal(code, 0, stderr);
}

async function reconcile(cluster: Cluster, name: string, namespace: string, image: string): Promise<KubeObject> {
  const spec = { fetch: { imgpkgBundle: { image } } };
  const metadata = { name, namespace };
  await cluster.client.apply('packagerepositories', {
    apiVersion: packaging,
    kind: 'PackageRepository',
    metadata,
    spec,
  });
  const repositories = pathOf(packaging, 'packagerepositories', namespace);
  return cluster.client.waitFor(repositories, `fieldSelector=metadata.name=${name}`, isSettled, 120);
}

function isSettled({ status, metadata }: KubeObject): boolean {
  if (status?.['observedGeneration'] !== metadata['generation']) return false;
  const conditions = (status?.['conditions'] ?? []) as { type: string; status: string }[];
  return conditions.some(
    ({ type, status }) => type.startsWith('Reconcile') && type !== 'Reconciling' && status === 'True',
  );
}
