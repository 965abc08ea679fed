// Auditing everything that a cluster pulls, and something that is not installed yet.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { type Cluster, startCluster } from '../support/cluster.ts';
import { fixtureTar } from '../support/fixture.ts';
import { imgpkg } from '../support/imgpkg.ts';
import { type KappController, startKappController } from '../support/kapp-controller.ts';
import { pathOf } from '../support/kube-client.ts';
import type { KubeObject } from '../support/kube-client.ts';
import { RawRepository } from '../support/raw-registry.ts';
import { type Registry, startRegistry } from '../support/registry.ts';
import { whyNoCluster } from '../support/setup/kubernetes.mjs';
import { journey } from '../support/vscode/journey.ts';

const WEB = 'sha256:01ea3dd4a6e9a6447c4b882a86032e1bd5ffab9b74ba71a39e4ce6da19f4f911';
const missing = whyNoCluster();
const skip = missing !== undefined && !process.env['CI'] && missing;

describe('a cluster', { skip }, () => {
  let registry: Registry;
  let cluster: Cluster;
  let kappController: KappController;
  let repository: RawRepository;

  before(async () => {
    [registry, cluster] = await Promise.all([startRegistry(), startCluster({ namespace: 'team' })]);
    kappController = await startKappController(cluster);
    repository = new RawRepository(registry.host, 'mirror/packages');
    const { code, stderr } = await imgpkg(['copy', '--tar', fixtureTar, '--to-repo', repository.name]);
    assert.equal(code, 0, stderr);
    await cluster.client.apply('packagerepositories', {
      apiVersion: 'packaging.carvel.dev/v1alpha1',
      kind: 'PackageRepository',
      metadata: { name: 'packages', namespace: 'team' },
      spec: { fetch: { imgpkgBundle: { image: `${repository.name}:v1.0.0` } } },
    });
    const isReady = ({ metadata }: KubeObject): boolean => metadata.name.startsWith('web.');
    await cluster.client.waitFor(pathOf('data.packaging.carvel.dev/v1alpha1', 'packages', 'team'), '', isReady, 120);
    await deployment('web', `${repository.name}@${WEB}`);
    await deployment('monitor', 'quay.io/vendor/monitor:v2');
    await deployment('gone', `${repository.name}@sha256:${'1'.repeat(64)}`);
    const data = { 'config.yaml': 'sidecar: vendor.example:5003/sidecar:v1\n' };
    const metadata = { name: 'operator', namespace: 'team' };
    await cluster.client.apply('configmaps', { apiVersion: 'v1', kind: 'ConfigMap', metadata, data } as KubeObject);
  });

  after(async () => {
    await kappController?.stop();
    await cluster?.stop();
    await registry?.stop();
  });

  async function deployment(name: string, image: string): Promise<void> {
    const labels = { app: name };
    const template = { metadata: { labels }, spec: { containers: [{ name: 'app', image }] } };
    await cluster.client.apply('deployments', {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name, namespace: 'team' },
      spec: { selector: { matchLabels: labels }, template },
    });
  }

  test('is audited for everything that it pulls, and a Package before it is installed', async () => {
    const settings = { 'carvelAirgap.registries': [{ host: registry.host, role: 'inside' }] };
    const env = { KUBECONFIG: cluster.kubeconfig };
    await journey('audit-cluster', { env, machineSettings: settings }, async (workbench) => {
      await workbench.openView('Carvel Airgap');
      await workbench.viewAlone('Clusters');
      const report = workbench.editor('carvel-airgap-audit:');
      await workbench.contextMenu(workbench.treeItem('admin@airgap-test'), 'Audit Cluster', report);
      await report.getByText('3 of 5 images would be pulled from outside or are missing').waitFor();
      await report.getByText('needed by: ConfigMap team/operator, data.config.yaml').waitFor();
      await workbench.treeItem('admin@airgap-test, audit: 3 of 5 not inside').waitFor();
      await workbench.step('report');
      await workbench.codeLens('Relocate Missing…').click();
      await workbench.notification(`No relocation in the list goes to ${repository.name}`).waitFor();
      await workbench.step('relocate-missing');

      await workbench.expand('admin@airgap-test');
      await workbench.expand('packages, Reconcile succeeded');
      const namespace = workbench.quickInput.option('team');
      await workbench.contextMenu(workbench.treeItem('web.apps.example.com, 1.0.0'), 'Ready to Upgrade?', namespace);
      await workbench.step('namespace');
      await workbench.quickInput.accept();
      await workbench.editor('Ready').getByText('web.apps.example.com 1.0.0 → team in admin@airgap-test').waitFor();
      await workbench.step('ready');
    });
  });
});
