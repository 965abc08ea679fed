// Registries with a role: what is suggested, where something can be dropped, and what an audit expects.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';

import { fixtureTar } from '../support/fixture.ts';
import { RawRepository } from '../support/raw-registry.ts';
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

test('a first-time user pastes references, gives roles, and every question follows them', async () => {
  const machineSettings = { 'carvelAirgap.kubeconfig': ['/nowhere/kubeconfig'] };
  const workspace = { 'incoming.tar': await readFile(fixtureTar) };
  await journey('roles', { machineSettings, workspace }, async (workbench) => {
    const { quickInput } = workbench;
    await workbench.openView('Carvel Airgap');
    await workbench.treeItem('carvelAirgap.kubeconfig names /nowhere/kubeconfig, which cannot be read').waitFor();
    await workbench.viewAlone('Registries');
    await workbench.treeItem('Tarballs').waitFor();
    await workbench.step('no-registries');
    await workbench.clickTreeItem('Add Registry…, no registries yet', quickInput.widget);
    await quickInput.at('Add Registry');
    await quickInput.fill('registry.example:99999/team');
    await quickInput.message().getByText('the port must be between 1 and 65535, not 99999').waitFor();
    await workbench.step('port');
    await quickInput.accept(`oci://${vendor.host}/vendor/packages:v1.0.0`);
    await quickInput.at(`What is ${vendor.host} for?`);
    await workbench.step('role');
    await quickInput.pick('Source');
    await workbench.expand(`${vendor.host}, source`);
    await workbench.expand('vendor/packages');
    const bundle = workbench.treeItem('v1.0.0, bundle');
    await bundle.waitFor();

    await workbench.runCommand('Airgap: Add Registry…');
    await quickInput.at('Add Registry');
    await quickInput.accept(airgap.host);
    await quickInput.at(`What is ${airgap.host} for?`);
    await quickInput.pick('Inside the air gap');
    await workbench.expand(`${airgap.host}, inside`);
    await workbench.treeItem('No repositories yet').waitFor();
    await workbench.step('roles');
    await workbench.theme('light');
    await workbench.step('roles-light');

    await workbench.contextMenu(bundle, 'Relocate…', quickInput.step('Destination repository'));
    await quickInput.option(`${airgap.host}/vendor/packages`).waitFor();
    assert.deepEqual(
      await quickInput.option(vendor.host).allTextContents(),
      [],
      'the source offers nothing of its own',
    );
    await workbench.step('suggested');
    await quickInput.cancel();

    // The tick after copying hides nothing from the menu.
    await workbench.contextMenu(bundle, 'Copy Reference', workbench.clipboardHas(/vendor\/packages:v1\.0\.0$/));
    const report = workbench.editor('carvel-airgap-audit:');
    await workbench.contextMenu(bundle, 'Audit', report);
    await report.getByText('The image would be pulled from outside').waitFor();
    await report.getByText('The bundle itself is at').first().waitFor();
    await workbench.step('audit-at-the-vendor');

    await workbench.expand('Tarballs');
    const question = workbench.dialog(`${vendor.host} is a source registry`);
    await workbench.drag(workbench.treeItem('incoming.tar'), workbench.treeItem(`${vendor.host}, `), question);
    await workbench.step('dropped-on-a-source');
    await workbench.answer(question, 'Choose Another Destination…');
    await quickInput.at('Import incoming.tar');
    await quickInput.accept();
    const plan = workbench.dialog(`to ${airgap.host}/incoming?`);
    await workbench.answer(plan, 'Import');
    await workbench.notification('Imported incoming.tar').waitFor();
    await workbench.clearNotifications();

    await workbench.expand('incoming');
    await workbench.expand(/imgpkg and cosign tags/);
    await workbench.treeItem(/^[0-9a-f]{12}….imgpkg/).waitFor();
    await workbench.step('internal-tags');

    await workbench.runCommand('Airgap: Edit Registry…');
    await quickInput.at('Edit Registry');
    await quickInput.pick(`${airgap.host}, inside`);
    await quickInput.pick('Name…');
    await quickInput.at(`Name of ${airgap.host}`);
    await quickInput.accept('Production');
    await workbench.rowShown('Production, inside');
    await workbench.step('named-light');
    await workbench.theme('dark');
    await workbench.step('named');
  });
});

test('an audit asks what is inside where no registry has that role', async () => {
  await new RawRepository(airgap.host, 'empty/of-tags').pushImage('only', [Buffer.from('x')]);
  const machineSettings = { 'carvelAirgap.registries': [{ host: vendor.host }, { host: airgap.host }] };
  await journey('ask-inside', { machineSettings }, async (workbench) => {
    const { quickInput } = workbench;
    await workbench.openView('Carvel Airgap');
    await workbench.expand(vendor.host);
    await workbench.expand('vendor/packages');
    const whichInside = quickInput.step('Choose the registry to mark as inside');
    await workbench.contextMenu(workbench.treeItem('v1.0.0, bundle'), 'Audit', whichInside);
    await workbench.step('question');
    await quickInput.pick(airgap.host);
    await workbench.editor('carvel-airgap-audit:').getByText(`Inside:    ${airgap.host}`).waitFor();
    await workbench.treeItem(`${airgap.host}, inside`).waitFor();
    await workbench.treeItem('v1.0.0, bundle, audit: 1 of 1 not inside').waitFor();
    await workbench.step('answered');
  });
});
