// Where the two sides share no network: a bundle goes into a tarball, which is verified before it is carried.
import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';

import { carvelAirgap } from '../support/cli.ts';
import { fixtureTar } from '../support/fixture.ts';
import { startRegistry } from '../support/registry.ts';
import { journey } from '../support/vscode/journey.ts';

test('a bundle is exported to a tarball, and Verify shows whether it is valid', async (context) => {
  const registry = await startRegistry();
  context.after(() => registry.stop());
  await carvelAirgap(['copy', '--tar', fixtureTar, '--to-repo', `${registry.host}/vendor/packages`]);

  await journey(
    'export',
    { machineSettings: { 'carvelAirgap.registries': [{ host: registry.host }] } },
    async (workbench) => {
      const tar = join(workbench.folder, 'packages-v1.0.0.tar');
      await workbench.openView('Carvel Airgap');
      await workbench.expand(registry.host);
      await workbench.expand('vendor/packages');
      // Where nothing can be written, there is nothing to ask about. An administrator may write anywhere but there.
      const locked = process.getuid?.() === 0 ? '/sys' : join(workbench.folder, 'locked');
      if (locked !== '/sys') await mkdir(locked, { mode: 0o500 });
      const bundle = workbench.treeItem('v1.0.0, bundle');
      await workbench.contextMenu(bundle, 'Export to Tarball…', workbench.quickInput.widget);
      await workbench.quickInput.suggests('packages-v1.0.0.tar');
      await workbench.quickInput.accept(join(locked, 'out.tar'));
      await workbench.notification('Cannot write the archive').waitFor();
      await workbench.step('not-writable');
      assert.equal(await workbench.dialog('Export packages:v1.0.0').count(), 0);
      await workbench.clearNotifications();

      await workbench.contextMenu(bundle, 'Export to Tarball…', workbench.quickInput.widget);
      await workbench.quickInput.suggests('packages-v1.0.0.tar');
      await workbench.step('file');
      await workbench.quickInput.accept(tar);
      const dialog = workbench.dialog('Export packages:v1.0.0');
      await dialog.getByText('On disk: ').waitFor();
      await workbench.step('plan');
      await workbench.answer(dialog, 'Export');
      await workbench.notification('Exported packages:v1.0.0').waitFor();
      await workbench.step('exported');
      const valid = workbench.notification('is valid: 5 images, 6 entries').first();
      await workbench.notificationButton('Verify', 'Exported packages:v1.0.0', valid);
      await workbench.step('valid');

      // One byte of the last layer is another.
      const bytes = await readFile(tar);
      bytes[bytes.byteLength - 4000] = (bytes[bytes.byteLength - 4000] ?? 0) ^ 1;
      await writeFile(tar, bytes);
      await workbench.clearNotifications();
      await workbench.openView('Explorer');
      const damaged = workbench.notification(/is damaged: sha256-cefdff6.*wrong digest/).first();
      await workbench.contextMenu(workbench.treeItem('packages-v1.0.0.tar'), 'Verify Tarball', damaged);
      await workbench.step('damaged');
    },
  );
});
