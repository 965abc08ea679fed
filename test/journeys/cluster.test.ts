// What a cluster can answer besides yes: old documents, missing namespaces, other managers, failures, and nobody there.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { stringify } from 'yaml';

import { type Cluster, startCluster } from '../support/cluster.ts';
import { fixtureTar } from '../support/fixture.ts';
import { imgpkg } from '../support/imgpkg.ts';
import { type KappController, startKappController } from '../support/kapp-controller.ts';
import { type KubeObject, pathOf } from '../support/kube-client.ts';
import { makeTemporaryFolder } from '../support/lifetime.ts';
import { freePort } from '../support/ports.ts';
import { type Registry, startRegistry } from '../support/registry.ts';
import { whyNoCluster } from '../support/setup/kubernetes.mjs';
import { journey } from '../support/vscode/journey.ts';

const missing = whyNoCluster();
const skip = missing !== undefined && !process.env['CI'] && missing;
const apiVersion = 'packaging.carvel.dev/v1alpha1';

describe('a PackageRepository document', { skip }, () => {
  let registry: Registry;
  let cluster: Cluster;
  let kappController: KappController;

  before(async () => {
    [registry, cluster] = await Promise.all([startRegistry(), startCluster({ namespace: 'team' })]);
    kappController = await startKappController(cluster);
    const { code, stderr } = await imgpkg(['copy', '--tar', fixtureTar, '--to-repo', `${registry.host}/mirror/good`]);
    assert.equal(code, 0, stderr);
  });

  after(async () => {
    await kappController?.stop();
    await cluster?.stop();
    await registry?.stop();
  });

  test('is fixed, applied to a new namespace, taken over from another manager, and its failure explained', async (context) => {
    const folder = await makeTemporaryFolder('kube');
    context.after(() => folder.remove());
    const nobody = join(folder.path, 'nobody');
    await writeFile(nobody, kubeconfigOfNobody(await freePort()));
    await cluster.client.apply('packagerepositories', repository('shared', 'team', `${registry.host}/mirror/old:v1`));
    const old = `# As the published page shows it.\napiVersion: install.package.carvel.dev/v1alpha1
kind: PackageRepository
metadata:
  name: old
spec:
  fetch:
    imgpkgBundle:
      image: ${registry.host}/mirror/good:v1.0.0
`;
    const withSpec = (name: string, spec: object): string => {
      const object = repository(name, 'default', `${registry.host}/mirror/${name}:v1.0.0`);
      return stringify({ ...object, spec: { ...object.spec, ...spec } });
    };
    const workspace = {
      'old.yml': old,
      'shared.yml': stringify(repository('shared', 'team', `${registry.host}/mirror/good:v1.0.0`)),
      'period.yml': withSpec('period', { syncPeriod: '1d' }),
      'constraint.yml': withSpec('constraint', {
        fetch: {
          imgpkgBundle: {
            image: `${registry.host}/mirror/constraint`,
            tagSelection: { semver: { constraints: 'newest' } },
          },
        },
      }),
      'broken.yml': stringify(repository('broken', 'brand-new', `${registry.host}/mirror/gone:v1.0.0`)),
    };
    const unreadable = join(folder.path, 'unreadable');
    await writeFile(unreadable, 'clusters: [');
    const env = { KUBECONFIG: [cluster.kubeconfig, nobody, unreadable].join(':') };

    await journey('cluster', { env, workspace }, async (workbench) => {
      await workbench.openFile('old.yml');
      await workbench
        .codeLens('install.package.carvel.dev/v1alpha1 is not served: change to packaging.carvel.dev/v1alpha1')
        .waitFor();
      await workbench.step('old-api-version');
      await workbench.clickLens('is not served', workbench.codeLens('Apply to admin@airgap-test / team'));
      assert.equal(
        (await workbench.editorText('old.yml')).trim(),
        old.replace('install.package', 'packaging').replace('name: old', 'name: old\n  namespace: team').trim(),
      );
      await workbench.step('mended');

      await workbench.openFile('shared.yml');
      const shared = workbench.dialog('Apply PackageRepository shared');
      await workbench.clickLens('Apply to', shared);
      await shared.getByText('test-bench').waitFor();
      await workbench.step('conflict');
      await workbench.answer(shared, 'Take Over and Apply');
      await workbench.codeLens('Reconcile succeeded').waitFor();
      await workbench.step('taken-over');

      await workbench.openFile('constraint.yml');
      const doubtful = workbench.dialog('Apply PackageRepository constraint');
      await workbench.clickLens('Apply to', doubtful);
      await doubtful.getByText("'newest' is not a version constraint").waitFor();
      await doubtful.getByRole('button', { name: 'Apply Anyway' }).waitFor();
      await workbench.step('errors-of-the-document');
      await workbench.answer(doubtful, 'Cancel');

      await workbench.openFile('period.yml');
      const undecodable = workbench.notification(/kapp-controller cannot decode spec\.syncPeriod: '1d'/);
      await workbench.clickLens('Apply to', undecodable.first());
      await workbench.step('refused');

      await workbench.openFile('broken.yml');
      const broken = workbench.dialog('Apply PackageRepository broken');
      await workbench.clickLens('Apply to admin@airgap-test / brand-new', broken);
      await broken.getByText('(will be created)').waitFor();
      await workbench.step('new-namespace');
      await workbench.answer(broken, 'Create Namespace and Apply');
      await workbench.codeLens('Reconcile failed: fetch').waitFor();
      await workbench.step('failed');
      const explained = workbench.dialog('broken: Reconcile failed');
      await workbench.clickLens('Reconcile failed: fetch', explained);
      await explained.getByText('Relocate the bundle there first').waitFor();
      await workbench.step('explained');
      await workbench.answer(explained, 'Cancel');

      await workbench.openView('Carvel Airgap');
      await workbench.viewAlone('Clusters');
      await workbench.expand('admin@airgap-test');
      await workbench.treeItem('shared, Reconcile succeeded').waitFor();
      await workbench.treeItem('broken, Reconcile failed').waitFor();
      await workbench.expand('nobody@nowhere');
      await workbench.treeItem('Could not connect to the API server').waitFor();
      await workbench.treeItem(/^Cannot use the kubeconfig .*unreadable: it is not valid YAML/).waitFor();
      await workbench.step('clusters');
      await cluster.client.request('DELETE', `${pathOf(apiVersion, 'packagerepositories', 'brand-new')}/broken`);
      await workbench.treeItem('broken, Reconcile failed').waitFor({ state: 'detached' });
      await workbench.codeLens('No longer in the cluster').waitFor();
      await workbench.step('deleted');

      await workbench.clickLens('Change Context…', workbench.quickInput.option(/^nobody@nowhere/));
      await workbench.quickInput.pick(/^nobody@nowhere/);
      const unreachable = /Applying the PackageRepository failed: Could not connect to the API server/;
      await workbench.clickLens('Apply to nobody@nowhere / brand-new', workbench.notification(unreachable).first());
      await workbench.step('nobody');
    });
  });
});

function repository(name: string, namespace: string, image: string): KubeObject {
  const spec = { fetch: { imgpkgBundle: { image } } };
  return { apiVersion, kind: 'PackageRepository', metadata: { name, namespace }, spec };
}

function kubeconfigOfNobody(port: number): string {
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'nowhere', cluster: { server: `https://127.0.0.1:${port}` } }],
    users: [{ name: 'nobody', user: { token: 'none' } }],
    contexts: [{ name: 'nobody@nowhere', context: { cluster: 'nowhere', user: 'nobody' } }],
  });
}
