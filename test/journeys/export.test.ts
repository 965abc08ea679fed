// Where the two sides share no network: a bundle goes into a tarball, which is verified before it is carried.
import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';

import { carvelAirgap } from '../support/cli.ts';
import { fixtureTar } from '../support/fixture.ts';
import { startRegistry } from '../support/registry.ts';
import { journey } from '../support/vscode/journey.ts';
import { untilSeen } from '../support/vscode/until-seen.ts';

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
      await workbench.contextMenu(workbench.treeItem('v1.0.0, bundle'), 'Export to Tarball…');
      await untilSeen(workbench.notification('Cannot write the archive'), async () => {
        if (await workbench.quickInput.widget.isVisible()) await workbench.quickInput.accept(join(locked, 'out.tar'));
      });
      await workbench.step('not-writable');
      assert.equal(await workbench.dialog('Export packages:v1.0.0').count(), 0);
      await workbench.runCommand('Notifications: Clear All Notifications');

      await workbench.contextMenu(workbench.treeItem('v1.0.0, bundle'), 'Export to Tarball…');
      await workbench.quickInput.input().waitFor();
      await workbench.step('file');
      await workbench.quickInput.accept(tar);
      const dialog = workbench.dialog('Export packages:v1.0.0');
      await dialog.getByText('On disk: ').waitFor();
      await workbench.step('plan');
      await dialog.getByRole('button', { name: 'Export', exact: true }).click();
      await workbench.notification('Exported packages:v1.0.0').waitFor();
      await workbench.step('exported');
      await workbench.notificationButton('Verify');
      await workbench.notification('is valid: 5 images, 6 entries').waitFor();
      await workbench.step('valid');

      // One byte of the last layer is another.
      const bytes = await readFile(tar);
      bytes[bytes.byteLength - 4000] = (bytes[bytes.byteLength - 4000] ?? 0) ^ 1;
      await writeFile(tar, bytes);
      await workbench.runCommand('Notifications: Clear All Notifications');
      await workbench.openView('Explorer');
      await workbench.contextMenu(workbench.treeItem('packages-v1.0.0.tar'), 'Verify Tarball');
      await workbench.notification(/is damaged: sha256-cefdff6.*wrong-digest/).waitFor();
      await workbench.step('damaged');
    },
  );
});
