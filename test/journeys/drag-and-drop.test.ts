import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';

import { fixtureDigest, fixtureTar } from '../support/fixture.ts';
import { RawRepository } from '../support/raw-registry.ts';
import { type Registry, startRegistry } from '../support/registry.ts';
import { startVendor } from '../support/vendor.ts';
import { journey } from '../support/vscode/journey.ts';
import { attemptMilliseconds, untilDone, untilSeen } from '../support/vscode/until-seen.ts';

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
      await workbench.viewAlone('Registries');
      await workbench.expand(vendor.host);
      await workbench.expand('vendor/packages');
      const bundle = workbench.treeItem('v1.0.0, bundle');
      await bundle.waitFor();
      const dialog = workbench.dialog(`to ${airgap.host}/vendor/packages?`);
      await workbench.drag(bundle, workbench.treeItem(airgap.host), dialog);
      await workbench.step('bundle-dropped');
      await workbench.answer(dialog, 'Cancel');

      await workbench.expand('Tarballs');
      const imported = workbench.dialog(`to ${airgap.host}/example-packages?`);
      await workbench.drag(
        workbench.treeItem('incoming/example-packages.tar'),
        workbench.treeItem(airgap.host),
        imported,
      );
      await workbench.step('tarball-dropped');
      await workbench.answer(imported, 'Cancel');

      // A click also opens a tarball: the lower one first, so that nothing moves under the second click.
      await workbench.selectTreeItems('incoming/other.tar', 'incoming/example-packages.tar');
      const where = workbench.quickInput.step('Import 2 tarballs');
      await workbench.contextMenu(workbench.treeItem('incoming/other.tar'), 'Import Tarball…', where);
      await workbench.quickInput.pick(`${airgap.host}, each under its own path`);
      const both = workbench.dialog('Relocate 2 bundles?');
      await both.getByText(`→ ${airgap.host}/other:`).waitFor();
      await both.getByText(`→ ${airgap.host}/example-packages:`).waitFor();
      await workbench.step('several-tarballs');
      await workbench.answer(both, 'Cancel');
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
      await page.mouse.up();
      await workbench.openView('Explorer');
      await workbench.treeItem('incoming.tar').hover();
      await page.mouse.down();
      // Held over the activity bar, what is dragged opens the view that it is for.
      await untilDone(async () => {
        await tab.hover({ timeout: attemptMilliseconds });
        await tab.hover({ position: { x: 4, y: 4 }, timeout: attemptMilliseconds });
        await registry.waitFor({ timeout: attemptMilliseconds });
      });
      await registry.hover();
      await registry.hover({ position: { x: 60, y: 8 } });
      await workbench.step('held');
      await page.mouse.up();
    });
    await dialog.getByText('Tag v1.0.0: new').waitFor();
    await workbench.step('dropped');
    await workbench.answer(dialog, 'Import');
    await workbench.notification('Imported incoming.tar').waitFor();
    await workbench.step('imported');
    assert.equal(await new RawRepository(airgap.host, 'incoming').digest('v1.0.0'), fixtureDigest);
  });
});
