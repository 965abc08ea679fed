// The workflows of the README at 200 % zoom, by keyboard: nothing that a user must read or choose is cut off.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { type Cluster, startCluster } from '../support/cluster.ts';
import { type KappController, startKappController } from '../support/kapp-controller.ts';
import { type Registry, startRegistry } from '../support/registry.ts';
import { whyNoCluster } from '../support/setup/kubernetes.mjs';
import { startVendor } from '../support/vendor.ts';
import { journey } from '../support/vscode/journey.ts';
import { untilSeen } from '../support/vscode/until-seen.ts';
import type { Workbench } from '../support/vscode/workbench.ts';

const missing = whyNoCluster();
const skip = missing !== undefined && !process.env['CI'] && missing;

/** The texts in the box at the top and in dialogs that end with an ellipsis, and placeholders wider than their input. */
const CUT_OFF = `(() => {
  const roots = [...document.querySelectorAll('.quick-input-widget, .monaco-dialog-box')].filter((each) => each.offsetHeight > 0);
  const elements = roots.flatMap((root) => [...root.querySelectorAll('*')]).filter((each) => each.clientWidth > 0);
  const ellipses = elements.filter(
    (each) => getComputedStyle(each).textOverflow === 'ellipsis' && each.scrollWidth > each.clientWidth + 1,
  );
  const pen = document.createElement('canvas').getContext('2d');
  const placeholders = elements.filter((each) => {
    if (each.tagName !== 'INPUT' || each.value !== '') return false;
    pen.font = getComputedStyle(each).font;
    return pen.measureText(each.placeholder).width > each.clientWidth;
  });
  return [...ellipses.map((each) => each.textContent), ...placeholders.map((each) => each.placeholder)];
})()`;

/** Saves a picture of a step after checking that it can be read. */
async function readable(workbench: Workbench, name: string): Promise<void> {
  await workbench.step(name);
  assert.deepEqual(await workbench.page.evaluate(CUT_OFF), [], name);
}

async function addRegistry(workbench: Workbench, host: string, role: string): Promise<void> {
  const { quickInput } = workbench;
  await workbench.runCommand('Airgap: Add Registry…');
  await quickInput.at('Add Registry (1/2)');
  await readable(workbench, `add-${role}`);
  await quickInput.accept(host);
  await quickInput.at(`What is ${host} for?`);
  await readable(workbench, `role-of-${role}`);
  await quickInput.fill(role);
  await quickInput.option(new RegExp(`^${role}`)).waitFor();
  await quickInput.accept();
  await workbench.treeItem(host).waitFor();
}

/** Expands the focused node of a tree by keyboard, and moves to its first child. */
async function intoFirstChild(workbench: Workbench, child: string | RegExp): Promise<void> {
  const { page } = workbench;
  const item = workbench.treeItem(child);
  await untilSeen(item, () => page.keyboard.press('ArrowRight'));
  await untilSeen(page.locator('[role="treeitem"].focused').and(item), () => page.keyboard.press('ArrowRight'));
}

describe('at 200 % zoom', { skip }, () => {
  let vendor: Registry;
  let airgap: Registry;
  let cluster: Cluster;
  let kappController: KappController;

  before(async () => {
    [vendor, airgap, cluster] = await Promise.all([
      startVendor(),
      startRegistry(),
      startCluster({ namespace: 'team' }),
    ]);
    kappController = await startKappController(cluster);
  });

  after(async () => {
    await kappController?.stop();
    await cluster?.stop();
    await airgap?.stop();
    await vendor?.stop();
  });

  test('a bundle is relocated, applied and exported, and a Package is about to be installed', () =>
    journey('zoom', { env: { KUBECONFIG: cluster.kubeconfig }, zoom: 2 }, async (workbench) => {
      const { page, quickInput } = workbench;
      await workbench.runCommand('View: Show Carvel Airgap');
      await page.getByText('No registries yet.').waitFor();
      await workbench.step('welcome');
      await addRegistry(workbench, vendor.host, 'Source');
      await addRegistry(workbench, airgap.host, 'Inside');

      await workbench.runCommand('Carvel Airgap: Focus on Registries View');
      await untilSeen(page.locator('[role="treeitem"].focused').and(workbench.treeItem(vendor.host)), () =>
        page.keyboard.press('Home'),
      );
      await intoFirstChild(workbench, 'vendor/packages');
      await intoFirstChild(workbench, /^v1\.0\.0, bundle/);
      await workbench.step('bundle');
      // The key is about the selected bundle.
      await page.keyboard.press('Enter');
      await page.keyboard.press('Control+K');
      await page.keyboard.press('Shift+R');
      await quickInput.at('Relocate packages:v1.0.0');
      await quickInput.option(`${airgap.host}/vendor/packages`).waitFor();
      await readable(workbench, 'destination');
      await quickInput.pick('Options…');
      await quickInput.toggleRow('Copy cosign signatures').waitFor();
      await readable(workbench, 'options');
      await quickInput.button('Back');
      await quickInput.option(`${airgap.host}/vendor/packages`).and(page.locator('.focused')).waitFor();
      await quickInput.accept();
      const plan = workbench.dialog('Relocate packages:v1.0.0');
      await plan.getByText('Images: 5 to copy').waitFor();
      await readable(workbench, 'plan');
      await plan.getByRole('button', { name: 'Relocate', exact: true }).and(page.locator(':focus')).waitFor();
      await page.keyboard.press('Enter');
      await workbench.notification('5 of 5 images copied').waitFor();
      await workbench.step('relocated');

      const lens = workbench.codeLens('Apply to admin@airgap-test / team');
      await workbench.notificationButton('Create PackageRepository', '5 of 5 images copied', lens);
      const apply = workbench.dialog('Apply PackageRepository packages to admin@airgap-test?');
      await workbench.runCommand('Airgap: Apply PackageRepository', apply);
      await apply.getByRole('button', { name: 'Apply', exact: true }).and(page.locator(':focus')).waitFor();
      await readable(workbench, 'apply');
      await page.keyboard.press('Enter');
      const state = workbench.codeLens('Reconcile succeeded');
      await state.waitFor();
      await workbench.step('reconciled');
      const place = await state.boundingBox();
      assert.ok(place !== null && place.x < 600, `the state is at ${place?.x}`);

      await workbench.runCommand('Airgap: Install Package…');
      await quickInput.option(/^api\.apps\.example\.com/).waitFor();
      await readable(workbench, 'package');
      await quickInput.accept();
      await quickInput.option(/^1\.0\.0/).waitFor();
      await readable(workbench, 'version');
      await quickInput.accept();
      await quickInput.widget.getByText('Name of the PackageInstall in team').waitFor();
      await readable(workbench, 'name');
      await quickInput.accept();
      await quickInput.option('This Namespace').waitFor();
      await readable(workbench, 'rights');
      await quickInput.cancel();

      await workbench.runCommand('Airgap: Export to Tarball with Options…');
      await quickInput.at('Export to Tarball (1/5)');
      await quickInput.option(vendor.host).waitFor();
      await readable(workbench, 'export-registry');
      await quickInput.pick(vendor.host);
      await quickInput.option('vendor/packages').waitFor();
      await readable(workbench, 'export-repository');
      await quickInput.accept();
      await quickInput.option('v1.0.0').waitFor();
      await readable(workbench, 'export-tag');
      await quickInput.pick('v1.0.0');
      await quickInput.toggleRow('Split into volumes…').waitFor();
      await readable(workbench, 'export-options');
      await quickInput.cancel();
    }));
});
