// Writing a PackageRepository with help, and proving it: diagnostics and fixes, hover, completion, and an audit that finds what
// the cluster reconciles over.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { type Cluster, startCluster } from '../support/cluster.ts';
import { fixtureDigest, fixtureTar } from '../support/fixture.ts';
import { imgpkg } from '../support/imgpkg.ts';
import { type KappController, startKappController } from '../support/kapp-controller.ts';
import { RawRepository } from '../support/raw-registry.ts';
import { type Registry, startRegistry } from '../support/registry.ts';
import { whyNoCluster } from '../support/setup/kubernetes.mjs';
import { journey } from '../support/vscode/journey.ts';
import { choose, fix, problem, suggestion, toLineEnd } from '../support/vscode/problems.ts';

const WEB = 'sha256:01ea3dd4a6e9a6447c4b882a86032e1bd5ffab9b74ba71a39e4ce6da19f4f911';
const missing = whyNoCluster();
const skip = missing !== undefined && !process.env['CI'] && missing;

describe('a document that refers to a bundle', { skip }, () => {
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
    await repository.pushImage('plain', [Buffer.from('no bundle')]);
  });

  after(async () => {
    await kappController?.stop();
    await cluster?.stop();
    await registry?.stop();
  });

  test('is fixed with quick fixes, completed, pinned, applied, and audited until the missing image is found', async () => {
    const wrong = `# ours
apiVersion: packaging.carvel.dev/v1alpha1
kind: PackageRepository
metadata:
  name: packages # short
spec:
  syncPeriod: 1d # often
  fetch:
    imgpkgBundle:
      image: https://${repository.name}:plain
`;
    const settings = { 'carvelAirgap.registries': [{ host: registry.host, role: 'inside' }] };
    const env = { KUBECONFIG: cluster.kubeconfig };
    const workspace = { 'packages.yml': wrong };

    await journey('audit', { env, workspace, machineSettings: settings }, async (workbench) => {
      await workbench.openFile('packages.yml');
      await workbench.codeLens('Apply to').waitFor();
      await workbench.openProblems();
      await problem(workbench, "'1d' is not a duration").waitFor();
      await workbench.step('problems');

      await fix(workbench, "'1d' is not a duration", 'Change to 24h');
      await fix(workbench, 'An image reference has no protocol', 'Remove https://');
      await fix(workbench, 'No namespace', 'Add the namespace team');
      await problem(workbench, 'is not an imgpkg bundle (it is an image)').waitFor();
      await workbench.step('not-a-bundle');

      // The tag is written again, from what the registry offers.
      await toLineEnd(workbench, 'packages.yml', ':plain');
      for (let index = 0; index < ':plain'.length; index++) await workbench.page.keyboard.press('Backspace');
      await workbench.page.keyboard.type(':');
      await suggestion(workbench, 'v1.0.0').waitFor();
      await workbench.step('completion');
      await choose(workbench, 'v1.0.0', problem(workbench, 'Tag v1.0.0 can move'));
      await problem(workbench, 'is not an imgpkg bundle').waitFor({ state: 'detached' });
      await fix(workbench, 'Tag v1.0.0 can move', 'Pin to the current digest');
      await workbench.page.getByText('No problems have been detected').waitFor();
      assert.equal(
        (await workbench.editorText('packages.yml')).trim(),
        wrong
          .replace('name: packages # short', 'name: packages # short\n  namespace: team')
          .replace('1d', '24h')
          .replace(`https://${repository.name}:plain`, `${repository.name}@${fixtureDigest} # tag: v1.0.0`)
          .trim(),
      );
      await workbench
        .editor('packages.yml')
        .locator('.view-line')
        .filter({ hasText: 'image:' })
        .getByText('mirror')
        .hover();
      await workbench.page.locator('.monaco-hover').getByText('Tags: v1.0.0, plain').waitFor();
      await workbench.step('hover');

      await repository.deleteManifest(WEB);
      const apply = workbench.dialog('Apply PackageRepository');
      await workbench.clickLens('Apply to', apply);
      await workbench.answer(apply, 'Apply');
      await workbench.codeLens('Reconcile succeeded').waitFor();
      const report = workbench.editor('carvel-airgap-audit:');
      await workbench.clickLens('Audit', report);
      await report.getByText('1 of 4 images would be pulled from outside').waitFor();
      await problem(workbench, 'although the locations image').waitFor();
      await workbench.step('hole');

      // The document mentions what the audit found, before anyone applies it again.
      await workbench.openFile('packages.yml');
      await workbench.codeLens('audit: 1 of 4 not inside').waitFor();
      const again = workbench.dialog('Apply PackageRepository');
      await workbench.clickLens('Apply to', again);
      await again.getByText('Last audit: 1 of 4 images would be pulled from outside').waitFor();
      await workbench.step('last-audit');
      await workbench.answer(again, 'Cancel');
      const status = workbench.editor('carvel-airgap-status:');
      await workbench.clickLens('Reconcile succeeded', status);
      await status.getByText('Reconcile succeeded').first().waitFor();
      await workbench.step('status-of-a-healthy-one');

      await workbench.openView('Carvel Airgap');
      await workbench.viewAlone('Clusters');
      await workbench.expand('admin@airgap-test');
      await workbench.contextMenu(
        workbench.treeItem('packages, Reconcile succeeded'),
        'Audit',
        workbench.editor('carvel-airgap-audit:').getByText('team/packages in admin@airgap-test'),
      );
      // The cluster says that it reconciled; the view does not leave it at that.
      await workbench.treeItem('packages, Reconcile succeeded, audit: 1 of 4 not inside').waitFor();
      await workbench.step('hole-in-cluster');

      await workbench.viewAlone('Registries');
      await workbench.expand(registry.host);
      await workbench.expand('mirror/packages');
      const audited = workbench.treeItem('v1.0.0, bundle, audit: 1 of 4 not inside');
      await workbench.contextMenu(workbench.treeItem('v1.0.0, bundle'), 'Audit', audited);
      await workbench.step('hole-in-registry');
    });
  });
});
