// The Relocate wizard step by step: Back from each of them, and from the plan; a tag that points elsewhere; a lock file.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { fixtureDigest } from '../support/fixture.ts';
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

const machineSettings = () => ({ 'carvelAirgap.registries': [{ host: vendor.host }, { host: airgap.host }] });

test('from the palette, each step leads back to the previous one, and the plan to the last of them', () =>
  journey('steps', { machineSettings: machineSettings() }, async (workbench) => {
    const { quickInput, page } = workbench;
    await workbench.runCommand('Airgap: Relocate…');
    await quickInput.at('Relocate (1/4)');
    await quickInput.pick(vendor.host);
    await quickInput.at(`repository of ${vendor.host}`);
    await quickInput.pick('vendor/packages');
    await quickInput.at('digest of vendor/packages');
    await quickInput.pick('v0.9.0');
    await quickInput.at('Relocate packages:v0.9.0 (4/4)');
    await workbench.step('destination');
    await quickInput.button('Back');
    await quickInput.at('digest of vendor/packages');
    await quickInput.option('v0.9.0').and(page.locator('.focused')).waitFor();
    await workbench.step('back-to-the-tag');
    await quickInput.button('Back');
    await quickInput.at(`repository of ${vendor.host}`);
    await quickInput.option('vendor/packages').and(page.locator('.focused')).waitFor();
    await quickInput.accept();
    await quickInput.at('digest of vendor/packages');
    await quickInput.pick('v1.0.0');
    await quickInput.at('Relocate packages:v1.0.0 (4/4)');
    await quickInput.fill(`${airgap.host}/mirror/packages:stable`);
    await quickInput.option(`${airgap.host}/mirror/packages:stable, with the tag stable`).waitFor();
    await workbench.step('typed-with-a-tag');
    await quickInput.accept();

    const plan = workbench.dialog(`Relocate packages:v1.0.0 to ${airgap.host}/mirror/packages?`);
    await plan.getByText('Tag stable: new').waitFor();
    await workbench.step('plan');
    await workbench.answer(plan, 'Show Plan');
    await quickInput.at('Search this plan');
    assert.equal(await quickInput.widget.getByRole('option').count(), 6);
    await workbench.step('images');
    await quickInput.button('Back');
    await workbench.answer(plan, 'Change…');
    await quickInput.at('Relocate packages:v1.0.0 (4/4)');
    await quickInput.option('Options…, 1 set').waitFor();
    await quickInput.option(`${airgap.host}/mirror/packages`).and(page.locator('.focused')).waitFor();
    await workbench.step('changed');
    await quickInput.accept();
    await workbench.answer(plan, 'Relocate');
    await workbench.notification('5 of 5 images copied').waitFor();
    assert.equal(await new RawRepository(airgap.host, 'mirror/packages').digest('stable'), fixtureDigest);
  }));

test('a tag that points elsewhere needs confirmation, and another one can be chosen instead', async () => {
  const elsewhere = new RawRepository(airgap.host, 'taken/packages');
  const other = await elsewhere.pushImage('v1.0.0', [new Uint8Array([1])]);
  await journey('taken-tag', { machineSettings: machineSettings() }, async (workbench) => {
    const { quickInput } = workbench;
    await workbench.openView('Carvel Airgap');
    await workbench.expand(vendor.host);
    await workbench.expand('vendor/packages');
    const bundle = workbench.treeItem('v1.0.0, bundle');
    await bundle.waitFor();
    await workbench.contextMenu(bundle, 'Relocate…', quickInput.step('Destination repository'));
    await quickInput.accept(`${airgap.host}/taken/packages`);
    const taken = workbench.dialog(`The tag v1.0.0 in ${airgap.host}/taken/packages points to a different image`);
    await taken.getByText('Tag v1.0.0 will move: ').waitFor();
    await workbench.step('taken');
    await workbench.answer(taken, 'Change…');
    await quickInput.at('Destination repository');
    await quickInput.pick('Options…');
    await quickInput.toggle('Use a different tag…');
    await quickInput.accept();
    await quickInput.message().getByText('Tag at the destination').waitFor();
    await quickInput.accept('v1.0.0-airgap');
    await quickInput.at('Destination repository');
    await quickInput.pick(`${airgap.host}/taken/packages`);
    const plan = workbench.dialog(`Relocate packages:v1.0.0 to ${airgap.host}/taken/packages?`);
    await plan.getByText('Tag v1.0.0-airgap: new').waitFor();
    await workbench.step('another');
    await workbench.answer(plan, 'Cancel');
    assert.equal(await elsewhere.digest('v1.0.0'), other);
  });
});

test('the images of a lock file are relocated, from the Explorer and from the editor', () => {
  const lock = [
    'apiVersion: imgpkg.carvel.dev/v1alpha1',
    'kind: BundleLock',
    'bundle:',
    `  image: ${vendor.host}/vendor/packages@${fixtureDigest}`,
    '  tag: v1.0.0',
    '',
  ];
  const workspace = { 'example-packages.lock.yml': lock.join('\n') };
  return journey('lock-file', { machineSettings: machineSettings(), workspace }, async (workbench) => {
    const { quickInput } = workbench;
    // A menu that opens before the extension is there does not have its entries.
    await workbench.openView('Carvel Airgap');
    await workbench.openView('Explorer');
    const file = workbench.treeItem('example-packages.lock.yml');
    const destinations = quickInput.step('Relocate example-packages.lock.yml');
    await workbench.contextMenu(file, 'Relocate from Lock File…', destinations);
    await workbench.step('destination');
    await quickInput.pick(`${airgap.host}/example-packages`);
    const plan = workbench.dialog(`Relocate example-packages.lock.yml to ${airgap.host}/example-packages?`);
    await plan.getByText('Tag v1.0.0: new').waitFor();
    await workbench.step('plan');
    await workbench.answer(plan, 'Cancel');

    await workbench.openFile('example-packages.lock.yml');
    await workbench.runCommand('Airgap: Relocate from Lock File…');
    await quickInput.at('Relocate example-packages.lock.yml');
    await quickInput.pick(`${airgap.host}/example-packages`);
    await workbench.answer(plan, 'Relocate');
    await workbench.notification('Relocated example-packages.lock.yml').waitFor();
    await workbench.step('relocated');
    assert.equal(await new RawRepository(airgap.host, 'example-packages').digest('v1.0.0'), fixtureDigest);
  });
});
