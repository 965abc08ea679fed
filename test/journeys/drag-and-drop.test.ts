import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';

import { fixtureDigest, fixtureTar } from '../support/fixture.ts';
import { RawRepository } from '../support/raw-registry.ts';
import { type Registry, startRegistry } from '../support/registry.ts';
import { startVendor } from '../support/vendor.ts';
import { journey } from '../support/vscode/journey.ts';
import { untilSeen } from '../support/vscode/until-seen.ts';

let vendor: Registry;
let airgap: Registry;

before(async () => {
  [vendor, airgap] = await Promise.all([startVendor(), startRegistry()]);
});

after(async () => {
  await airgap?.stop();
  await vendor?.stop();
});

test('a bundle is dropped on a registry, and a tarball of the workspace on a repository', async () => {
  const tarball = await readFile(fixtureTar);
  const workspace = { 'incoming/example-packages.tar': tarball, 'incoming/other.tar': tarball };
  await journey(
    'drag-and-drop',
    { machineSettings: { 'carvelAirgap.registries': [{ host: vendor.host }, { host: airgap.host }] }, workspace },
    async (workbench) => {
      await workbench.openView('Carvel Airgap');
      await workbench.expand(vendor.host);
      await workbench.expand('vendor/packages');
      const bundle = workbench.treeItem('v1.0.0, bundle');
      await bundle.waitFor();
      await bundle.dragTo(workbench.treeItem(airgap.host));
      const dialog = workbench.dialog(`to ${airgap.host}/vendor/packages?`);
      await dialog.waitFor();
      await workbench.step('bundle-dropped');
      await dialog.getByRole('button', { name: 'Cancel' }).click();
      await dialog.waitFor({ state: 'detached' });

      await workbench.expand('Tarballs');
      await workbench.treeItem('incoming/example-packages.tar').dragTo(workbench.treeItem(airgap.host));
      const imported = workbench.dialog(`to ${airgap.host}/example-packages?`);
      await imported.waitFor();
      await workbench.step('tarball-dropped');
      await imported.getByRole('button', { name: 'Cancel' }).click();
      await imported.waitFor({ state: 'detached' });

      // A click also opens a tarball: the lower one first, so that nothing moves under the second click.
      await workbench.treeItem('incoming/other.tar').click();
      await workbench.treeItem('incoming/example-packages.tar').click({ modifiers: ['Control'] });
      await workbench.contextMenu(workbench.treeItem('incoming/other.tar'), 'Import Tarball…');
      await workbench.quickInput.at('Import 2 tarballs');
      await workbench.quickInput.pick(`${airgap.host}, each under its own path`);
      const both = workbench.dialog('Relocate 2 bundles?');
      await both.getByText(`→ ${airgap.host}/other:`).waitFor();
      await both.getByText(`→ ${airgap.host}/example-packages:`).waitFor();
      await workbench.step('several-tarballs');
      await both.getByRole('button', { name: 'Cancel' }).click();
    },
  );
});

test('a tarball is dragged from the Explorer to a registry, and imported', async () => {
  const workspace = { 'incoming.tar': await readFile(fixtureTar) };
  const machineSettings = { 'carvelAirgap.registries': [{ host: airgap.host }] };
  await journey('explorer-drop', { machineSettings, workspace }, async (workbench) => {
    const { page } = workbench;
    await workbench.openView('Carvel Airgap');
    const registry = workbench.treeItem(airgap.host);
    await registry.waitFor();
    const tab = page.locator('.activitybar').getByRole('tab', { name: 'Carvel Airgap' });
    const dialog = workbench.dialog(`to ${airgap.host}/incoming?`);
    // A tree that is redrawn while something is held over it may miss the drop.
    await untilSeen(dialog, async () => {
      if (await dialog.isVisible()) return;
      await workbench.openView('Explorer');
      await workbench.treeItem('incoming.tar').hover();
      await page.mouse.down();
      // Held over the activity bar, what is dragged opens the view that it is for.
      await tab.hover();
      await untilSeen(registry, () => tab.hover({ position: { x: 4, y: 4 } }));
      await registry.hover();
      await registry.hover({ position: { x: 60, y: 8 } });
      await workbench.step('held');
      await page.mouse.up();
    });
    await dialog.getByText('Tag v1.0.0: new').waitFor();
    await workbench.step('dropped');
    await dialog.getByRole('button', { name: 'Import', exact: true }).click();
    await workbench.notification('Imported incoming.tar').waitFor();
    await workbench.step('imported');
    assert.equal(await new RawRepository(airgap.host, 'incoming').digest('v1.0.0'), fixtureDigest);
  });
});
