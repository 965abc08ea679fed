import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';

import { fixtureTar } from '../support/fixture.ts';
import { type Registry, startRegistry } from '../support/registry.ts';
import { startVendor } from '../support/vendor.ts';
import { journey } from '../support/vscode/journey.ts';

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
  const workspace = { 'incoming/example-packages.tar': await readFile(fixtureTar) };
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
    },
  );
});
