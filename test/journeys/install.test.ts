// From a Package in the Clusters view to an installed application: choose, edit the values, apply, follow.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { type Cluster, startCluster } from '../support/cluster.ts';
import { type KappController, startKappController } from '../support/kapp-controller.ts';
import { pathOf } from '../support/kube-client.ts';
import { samplePackage, sampleVersion } from '../support/sample-package.ts';
import { whyNoCluster } from '../support/setup/kubernetes.mjs';
import { journey } from '../support/vscode/journey.ts';
import { fix, hoverUntil, problem, suggestion, toLineEnd } from '../support/vscode/problems.ts';
import { gone } from '../support/vscode/until-seen.ts';

const missing = whyNoCluster();
const skip = missing !== undefined && !process.env['CI'] && missing;

describe('a Package', { skip }, () => {
  let cluster: Cluster;
  let kappController: KappController;

  before(async () => {
    cluster = await startCluster({ namespace: 'team' });
    kappController = await startKappController(cluster);
    for (const version of ['1.0.0', '1.1.0', '2.0.0']) {
      await cluster.client.apply('packages', sampleVersion(version, 'team'));
    }
  });

  after(async () => {
    await kappController?.stop();
    await cluster?.stop();
  });

  test('is installed from the Clusters view', async () => {
    await journey('install', { env: { KUBECONFIG: cluster.kubeconfig } }, async (workbench) => {
      const { page, quickInput } = workbench;
      await workbench.openView('Carvel Airgap');
      await workbench.viewAlone('Clusters');
      await workbench.expand('admin@airgap-test');
      await workbench.expand('All Packages');
      await workbench.treeItem(`${samplePackage}, 1.0.0`).waitFor();
      await workbench.step('packages');
      const versions = quickInput.step(`Install ${samplePackage}`);
      await workbench.inlineAction(workbench.treeItem(`${samplePackage}, 1.0.0`), 'Install Package…', versions);
      await quickInput.option('2.0.0').waitFor();
      await workbench.step('version');
      await quickInput.pick('1.0.0');
      await quickInput.widget.getByText('Name of the PackageInstall in team').waitFor();
      await workbench.step('name');
      await quickInput.accept('hello');
      await quickInput.option('This Namespace').waitFor();
      await workbench.step('rights');
      await quickInput.pick('This Namespace');
      await workbench.codeLens('Apply to admin@airgap-test / team').first().waitFor();
      await workbench.step('document');

      // The cursor is at the first value.
      await workbench.editor('hello.yml').and(page.locator('.focused')).waitFor();
      await page.keyboard.press('Home');
      await page.keyboard.type('    tim');
      await suggestion(workbench, 'times').waitFor();
      await workbench.step('completion');
      await page.keyboard.press('Enter');
      await page.keyboard.type('0');
      await page.keyboard.press('Escape');
      await page.keyboard.press('Enter');
      await page.keyboard.type('greting: good evening');
      await page.keyboard.press('Escape');
      await page.keyboard.press('Enter');
      await workbench.openProblems();
      await problem(workbench, 'times must be at least 1').waitFor();
      await problem(workbench, 'The Package has no value greting; did you mean greeting?').waitFor();
      await workbench.step('problems');
      const doubtful = workbench.dialog('Apply PackageInstall hello to admin@airgap-test?');
      await workbench.clickLens('Apply to', doubtful);
      await doubtful.getByText('times must be at least 1').waitFor();
      await workbench.step('problems-in-dialog');
      await workbench.answer(doubtful, 'Cancel');

      // Scrolls to it.
      await problem(workbench, 'times must be at least 1').dblclick();
      await toLineEnd(workbench, 'hello.yml', 'times: 0');
      await page.keyboard.press('Backspace');
      await page.keyboard.type('2');
      await problem(workbench, 'times must be at least 1').waitFor({ state: 'detached' });
      await fix(workbench, 'did you mean greeting?', 'Change to greeting');
      await workbench.runCommand('View: Hide Panel', gone(page.locator('.markers-panel')));
      const value = workbench.editor('hello.yml').getByText(/good.evening/);
      await hoverUntil(workbench, value, page.locator('.monaco-hover').getByText('What it says'));
      await workbench.step('hover');
      await workbench.clickLens('Diff', workbench.diff().getByText('ServiceAccount').first());
      await workbench.step('diff');
      await workbench.runCommand('View: Close Editor', gone(workbench.diff()));

      const dialog = workbench.dialog('Apply PackageInstall hello to admin@airgap-test?');
      await workbench.clickLens('Apply to', dialog);
      await dialog.getByText('PackageInstall hello: will be created').waitFor();
      await workbench.step('dialog');
      await workbench.answer(dialog, 'Apply');
      await workbench.codeLens('Reconcile succeeded · 1.0.0').waitFor();
      await workbench.step('installed');
      const { data } = await cluster.client.get<{ data: unknown }>(`${pathOf('v1', 'configmaps', 'team')}/greeter`);
      assert.deepEqual(data, { text: 'good evening', times: '2', version: '1.0.0' });
      await workbench.expand('PackageInstalls');
      await workbench.treeItem('hello, Reconcile succeeded').waitFor();
      await workbench.step('in-the-view');

      const installed = workbench.treeItem('hello, Reconcile succeeded');
      await workbench.expand('hello, Reconcile succeeded');
      await workbench.treeItem(/^Fetch, ?succeeded/).waitFor();
      await workbench.expand(/^Resources/);
      await workbench.treeItem(/^greeter, ?ConfigMap/).waitFor();
      await workbench.step('stages-and-resources');
      const details = workbench.editor('carvel-airgap-details:');
      await workbench.clickTreeItem(/^Deploy, ?succeeded/, details.getByText('Op:').first());
      await workbench.step('deploy-output');

      await workbench.contextMenu(installed, 'Upgrade…', quickInput.step('Upgrade hello'));
      await quickInput.option(/^1\.0\.0/).waitFor();
      await workbench.step('upgrade-versions');
      await quickInput.fill('>=1.0.0 <2.0.0');
      await quickInput.option('constraint: 1.1.0 now').waitFor();
      await workbench.step('upgrade-constraint');
      await quickInput.fill('');
      await quickInput.pick('2.0.0');
      await workbench
        .editor('/2/hello.yml')
        .getByText(/salutation:.string/)
        .waitFor();
      await workbench.step('upgrade-document');
      await workbench.runCommand('View: Close Editor', gone(workbench.editor('/2/hello.yml')));

      const configMap = details.getByText('ConfigMap').first();
      await workbench.contextMenu(installed, 'Show Details of PackageInstall', configMap);
      await workbench.codeLens('Change Values…').waitFor();
      await workbench.step('details');

      // Somebody else breaks the values: the view, the details and the lens say so, and offer what fixes it.
      const broken = { 'values.yaml': Buffer.from('times: many\n').toString('base64') };
      const secret = `${pathOf('v1', 'secrets', 'team')}/hello-team-values`;
      await cluster.client.request('PATCH', secret, { data: broken }, 'application/merge-patch+json');
      await details.getByText('The value times violates the schema of the package').first().waitFor();
      await workbench.step('details-of-failure');
      const failing = workbench.treeItem(/^hello, Reconcile failed/);
      const reason = workbench.dialog('hello: Reconcile failed');
      await workbench.inlineAction(failing, 'Explain State of PackageInstall', reason);
      await reason.getByText('Correct times in the values of the package.').waitFor();
      await workbench.step('explained');
      await workbench.answer(reason, 'Change Values…');
      await workbench
        .editor('/3/hello.yml')
        .getByText(/times:.many/)
        .waitFor();
      await workbench.step('change-values');
      await workbench.runCommand('View: Close Editor', gone(workbench.editor('/3/hello.yml')));
      const removal = workbench.dialog('Delete the PackageInstall hello in team?');
      await workbench.contextMenu(failing, 'Delete PackageInstall…', removal);
      await removal.getByText('ConfigMap team/greeter').waitFor();
      await removal.getByText('RoleBinding hello-team-sa').waitFor();
      await workbench.step('delete');
      await workbench.answer(removal, 'Delete');
      await workbench.treeItem('No PackageInstalls').waitFor();
      await workbench.step('deleted');
    });
  });
});
