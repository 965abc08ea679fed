// What is in a repository: bundles and their images, signatures, documents, filters, and the tarballs of the workspace.
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';

import { fixtureDigest, fixtureTar } from '../support/fixture.ts';
import { RawRepository } from '../support/raw-registry.ts';
import { startVendor } from '../support/vendor.ts';
import { journey } from '../support/vscode/journey.ts';
import { attemptMilliseconds, untilSeen } from '../support/vscode/until-seen.ts';

test('a bundle expands to its content, which can be read, copied, filtered and deleted', async (context) => {
  const registry = await startVendor();
  context.after(() => registry.stop());
  const repository = new RawRepository(registry.host, 'vendor/packages');
  const { json, mediaType } = await repository.manifest(fixtureDigest);
  await repository.pushManifest(`${fixtureDigest.replace(':', '-')}.sig`, json, mediaType);
  const settings = { 'carvelAirgap.registries': [{ host: registry.host }] };
  const workspace = { 'incoming/example-packages.tar': await readFile(fixtureTar) };

  await journey('contents', { machineSettings: settings, workspace }, async (workbench) => {
    const { quickInput } = workbench;
    await workbench.openView('Carvel Airgap');
    await workbench.viewAlone('Registries');
    await workbench.treeItem('Tarballs').waitFor();
    await workbench.expand(registry.host);
    await workbench.expand('vendor/packages');
    const bundle = workbench.treeItem('v1.0.0, bundle');
    await bundle.waitFor();
    await workbench.expand('v1.0.0, bundle');
    await workbench.treeItem(/bundle, .*in the bundle's repository/).waitFor();
    await workbench.treeItem('Signature').waitFor();
    await workbench.expand(/, bundle, .*in the bundle's repository/);
    await workbench.step('bundle');

    const hover = workbench.page.locator('.workbench-hover-container').getByText('Media type:');
    await untilSeen(hover, async () => {
      // A hover starts when the pointer enters.
      await workbench.page.mouse.move(900, 600);
      await bundle.hover({ timeout: attemptMilliseconds });
    });
    await workbench.step('hover');
    const reference = `${registry.host}/vendor/packages:v1.0.0`;
    await workbench.inlineAction(bundle, 'Copy Reference', workbench.clipboardHas(reference));
    // The tick in place of the icon stays for two seconds: for the picture, not to be waited for.
    await workbench.step('copied');
    await bundle.getByRole('button', { name: 'Copied' }).waitFor({ state: 'hidden' });

    const opened = (text: string) => workbench.editor('carvel-airgap:').getByText(text).first();
    await workbench.contextMenu(bundle, 'Show Lock', opened('ImagesLock'));
    await workbench.step('lock');
    await workbench.contextMenu(bundle, 'Show Manifest', opened('schemaVersion'));
    await workbench.step('manifest');

    await workbench.inlineAction(workbench.treeItem('vendor/packages'), 'Filter…', quickInput.step('Filter'));
    await quickInput.accept('0.9');
    await workbench.treeItem('Filter: 0.9, 1 of 2').waitFor();
    await bundle.waitFor({ state: 'detached' });
    await workbench.step('filter');
    await workbench.inlineAction(workbench.treeItem('Filter: 0.9'), 'Remove Filter', bundle);

    const older = workbench.treeItem('v0.9.0, bundle');
    const question = workbench.dialog('Delete the tag v0.9.0');
    await workbench.contextMenu(older, 'Delete Tag…', question);
    await question.getByText('It points to').waitFor();
    await workbench.step('delete');
    await workbench.answer(question, 'Delete Tag');
    const all = workbench.dialog('can only delete by digest');
    await all.getByText('v1.0.0').waitFor();
    await workbench.step('delete-by-digest');
    await workbench.answer(all, 'Cancel');
    await all.waitFor({ state: 'detached' });
    await older.waitFor();

    await workbench.expand('Tarballs');
    await workbench.expand('incoming/example-packages.tar');
    await workbench.expand('repo/example-packages:v1.0.0, bundle');
    const entry = workbench.treeItem('packages/api, bundle');
    await entry.waitFor();
    await workbench.step('tarball');
    await workbench.inlineAction(entry, 'Copy Digest', workbench.clipboardHas(/^sha256:/));
    await workbench.step('digest-copied');
    await workbench.contextMenu(entry, 'Show Config', opened('dev.carvel.imgpkg.bundle'));
    await workbench.step('tarball-config');
    await workbench.contextMenu(entry, 'Show Lock', opened('ImagesLock'));
    await workbench.step('tarball-lock');
  });
});
