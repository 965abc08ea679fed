// From a large repository bundle only what a cluster needs: Packages are chosen by what they cost, relocated as a subset that says
// so, and exported again with the same choice.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';

import { carvelAirgap } from '../support/cli.ts';
import { makeTemporaryFolder } from '../support/lifetime.ts';
import { RawRepository } from '../support/raw-registry.ts';
import { startRegistry } from '../support/registry.ts';
import { pushSamplePackages } from '../support/sample-packages.ts';
import { journey } from '../support/vscode/journey.ts';

test('Packages are chosen by what they cost; the plan, the report, the tree and the audit say that it is a subset', async (context) => {
  const vendor = await startRegistry();
  context.after(() => vendor.stop());
  const inside = await startRegistry();
  context.after(() => inside.stop());
  await pushSamplePackages(vendor.host);
  const original = await new RawRepository(vendor.host, 'vendor/example-packages').digest('v1.1.0');
  const temporary = await makeTemporaryFolder('whole');
  context.after(() => temporary.remove());
  const whole = join(temporary.path, 'whole.tar');
  const exported = await carvelAirgap([
    'copy',
    '-b',
    `${vendor.host}/vendor/example-packages:v1.1.0`,
    '--to-tar',
    whole,
  ]);
  assert.equal(exported.code, 0, exported.stderr);
  const registries = [
    { host: vendor.host, role: 'source', repositories: ['vendor/example-packages', 'vendor/packages/web'] },
    { host: inside.host, role: 'inside' },
  ];

  await journey(
    'choose-packages',
    { machineSettings: { 'carvelAirgap.registries': registries }, workspace: { 'whole.tar': await readFile(whole) } },
    async (workbench) => {
      const { quickInput } = workbench;
      await workbench.openView('Carvel Airgap');
      await workbench.expand(vendor.host);
      await workbench.expand('vendor/example-packages');
      const destinations = quickInput.step('Destination repository');
      await workbench.contextMenu(workbench.treeItem('v1.1.0, bundle'), 'Relocate…', destinations);
      await quickInput.pick('Options…');
      await quickInput.toggle('Choose Packages…');
      await workbench.step('options');
      await quickInput.accept('');
      await quickInput.widget.getByText('0 of 3 versions, 0 B').waitFor();
      await workbench.step('listed');
      await quickInput.toggle('web.apps.example.com 1.1.0');
      await quickInput.widget.getByText('1 of 3 versions').waitFor();
      await quickInput.widget.getByText('less without it').waitFor();
      await workbench.step('chosen');
      await quickInput.accept('');
      await quickInput.widget.getByText('1 set').waitFor();
      await quickInput.accept(`${inside.host}/mirror/packages`);

      const dialog = workbench.dialog('Relocate example-packages:v1.1.0');
      await dialog.getByText('Packages: web.apps.example.com@1.1.0').waitFor();
      await dialog.getByText(`Subset of: ${vendor.host}/vendor/example-packages@${original}`).waitFor();
      await workbench.step('plan');
      await workbench.answer(dialog, 'Relocate');
      const leftOut = 'Left out: api.apps.example.com@1.0.0, web.apps.example.com@1.0.0';
      const report = workbench.renderedPage().getByText(leftOut);
      await workbench.notificationButton('Show Report', '3 of 3 images copied', report);
      await workbench.step('report');

      await workbench.expand(inside.host);
      await workbench.expand('mirror/packages');
      const tag = workbench.treeItem('v1.1.0, bundle, subset');
      await tag.waitFor();
      const audit = workbench.editor('carvel-airgap-audit:');
      await workbench.contextMenu(tag, 'Audit', audit);
      await audit.getByText('The 3 images that were found are inside').waitFor();
      await audit.getByText(`Subset of: ${original}`).waitFor();
      await workbench.treeItem('v1.1.0, bundle, subset, audit: 3 inside, 1 not checked').waitFor();
      await workbench.step('audited');

      await workbench.clearNotifications();
      await workbench.contextMenu(
        workbench.treeItem(/^v1\.1\.0, bundle(?!, subset)/),
        'Export to Tarball with Options…',
        quickInput.toggleRow('Choose Packages…'),
      );
      await quickInput.toggle('Choose Packages…');
      await quickInput.accept('');
      await quickInput.widget.getByText('1 of 3 versions').waitFor();
      await workbench.step('remembered');
      await quickInput.accept('');
      await quickInput.at('Export example-packages:v1.1.0 to Tarball');
      await quickInput.suggests('.tar');
      await quickInput.accept(join(workbench.folder, 'web.tar'));
      const again = workbench.dialog('Export example-packages:v1.1.0');
      await again.getByText('Packages: web.apps.example.com@1.1.0').waitFor();
      await workbench.answer(again, 'Cancel');

      await workbench.openView('Explorer');
      const suggested = quickInput.step('Destination repository');
      await workbench.contextMenu(workbench.treeItem('whole.tar'), 'Import Tarball…', suggested);
      await quickInput.pick('Options…');
      await quickInput.toggle('Choose Packages…');
      await quickInput.accept('');
      await quickInput.widget.getByText('1 of 3 versions').waitFor();
      await workbench.step('in-a-tarball');
      await quickInput.accept('');
      await quickInput.widget.getByText('1 set').waitFor();
      await quickInput.accept(`${inside.host}/imported/packages`);
      const part = workbench.dialog('Import whole.tar');
      await part.getByText('Packages: web.apps.example.com@1.1.0').waitFor();
      await workbench.step('import');
      await workbench.answer(part, 'Import');
      await workbench.notification('3 of 3 images copied').waitFor();
      const imported = await new RawRepository(inside.host, 'imported/packages').digest('v1.1.0');
      assert.equal(imported, await new RawRepository(inside.host, 'mirror/packages').digest('v1.1.0'));
      const copied = new RawRepository(inside.host, 'mirror/packages');
      assert.notEqual(await copied.digest('v1.1.0'), original);
    },
  );
});
