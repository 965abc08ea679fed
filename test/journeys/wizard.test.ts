// The other ways to a relocation: options, several bundles at once, and a task that does it again.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { fixtureDigest } from '../support/fixture.ts';
import { RawRepository } from '../support/raw-registry.ts';
import { type Registry, startRegistry } from '../support/registry.ts';
import { startVendor } from '../support/vendor.ts';
import { journey } from '../support/vscode/journey.ts';
import { holds } from '../support/vscode/until-seen.ts';

let vendor: Registry;
let airgap: Registry;

before(async () => {
  [vendor, airgap] = await Promise.all([startVendor(), startRegistry()]);
});

after(async () => {
  await airgap?.stop();
  await vendor?.stop();
});

test('a bundle is relocated with options, saved as a task and repeated', () =>
  journey(
    'wizard',
    {
      machineSettings: { 'carvelAirgap.registries': [{ host: vendor.host }, { host: airgap.host }] },
      workspace: { 'readme.txt': 'mine' },
    },
    async (workbench) => {
      const { quickInput, page } = workbench;
      await workbench.openView('Carvel Airgap');
      await workbench.expand(vendor.host);
      await workbench.expand('vendor/packages');
      const bundle = workbench.treeItem('v1.0.0, bundle');
      await bundle.waitFor();

      const destinations = quickInput.step('Destination repository');
      await workbench.contextMenu(bundle, 'Relocate…', destinations);
      await quickInput.pick('Options…');
      await quickInput.toggle('Use a different tag…');
      await quickInput.toggle('Copy cosign signatures');
      await workbench.step('options');
      await quickInput.accept();
      await quickInput.message().getByText('Tag at the destination').waitFor();
      await workbench.step('tag');
      await quickInput.accept('stable');
      await quickInput.at('Destination repository');
      await quickInput.option('Options…, 2 set').waitFor();
      await workbench.step('destination');
      await quickInput.accept(`${airgap.host}/mirror/packages`);
      const dialog = workbench.dialog('Relocate packages:v1.0.0');
      await dialog.getByText('Tag stable: new').waitFor();
      await workbench.step('plan');
      await workbench.answer(dialog, 'Relocate');
      await workbench.notification('5 of 5 images copied').waitFor();
      await workbench.step('relocated');
      assert.equal((await new RawRepository(airgap.host, 'mirror/packages').tags()).get('stable'), fixtureDigest);

      await workbench.viewAlone('Relocations');
      const task = workbench.editor('tasks.json').getByText('"carvel-airgap"');
      await workbench.contextMenu(workbench.treeItem(/^packages:v1\.0\.0, finished/), 'Save as Task…', task);
      await workbench.step('task');
      const tasks = JSON.parse(await readFile(join(workbench.folder, '.vscode/tasks.json'), 'utf8')) as {
        tasks: { label: string; toTag: string; cosignSignatures: boolean }[];
      };
      assert.equal(tasks.tasks[0]?.toTag, 'stable');
      assert.equal(tasks.tasks[0]?.cosignSignatures, true);
      const mirror = new RawRepository(airgap.host, 'mirror/packages');
      await fetch(`http://${airgap.host}/v2/mirror/packages/manifests/${fixtureDigest}`, { method: 'DELETE' });
      assert.equal(await mirror.manifestStatus('stable'), 404);
      await workbench.clearNotifications();
      const label = tasks.tasks[0]?.label ?? '';
      await workbench.runCommand('Tasks: Run Task', quickInput.option(label).first());
      await quickInput.pick(label);
      const isTagged = holds(async () => (await mirror.manifestStatus('stable')) === 200);
      await isTagged.waitFor({ timeout: 5 * 60_000 });
      // What a task does is on the list like everything else, and reported in its terminal only.
      const rows = page.getByRole('treeitem', { name: /^packages:v1\.0\.0, finished, .* · to / });
      await holds(async () => (await rows.count()) === 2).waitFor({ timeout: 60_000 });
      assert.equal(await workbench.notification('Relocated packages').count(), 0);
      await workbench.step('terminal');
      await workbench.inlineAction(rows.first(), 'Show Report', workbench.renderedPage().getByText('Relocation of'));
      await workbench.step('report-of-task');
    },
  ));

test('several bundles are relocated at once, each under its own path', () =>
  journey(
    'several',
    { machineSettings: { 'carvelAirgap.registries': [{ host: vendor.host }, { host: airgap.host }] } },
    async (workbench) => {
      const { quickInput } = workbench;
      await workbench.openView('Carvel Airgap');
      await workbench.expand(vendor.host);
      await workbench.expand('vendor/packages');
      const bundle = workbench.treeItem('v1.0.0, bundle');
      await bundle.waitFor();
      // A click also opens a bundle: the lower one first, so that nothing moves under the second click.
      await workbench.selectTreeItems('v0.9.0, bundle', 'v1.0.0, bundle');
      // Tags of one repository go to one repository.
      await workbench.contextMenu(bundle, 'Relocate…', quickInput.step('Destination repository'));
      await workbench.step('several');
      await quickInput.pick(`${airgap.host}/vendor/packages`);
      const both = workbench.dialog('Relocate 2 bundles?');
      await both.getByText('New tags: 2').waitFor();
      await workbench.step('plan-of-several');
      await workbench.answer(both, 'Relocate');
      const end = workbench.notification('2 of 2 relocations complete: ');
      await end.waitFor();
      assert.equal(await workbench.notification('Relocated packages').count(), 0);
      await workbench.treeItem(/^packages:v1\.0\.0, finished, /).waitFor();
      await workbench.treeItem(/^packages:v0\.9\.0, finished, /).waitFor();
      await workbench.step('both');
      const tags = await new RawRepository(airgap.host, 'vendor/packages').tags();
      assert.deepEqual([tags.get('v1.0.0'), tags.get('v0.9.0')], [fixtureDigest, fixtureDigest]);
    },
  ));
