// An export is signed with a key pair of cosign; the other side requires the key.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { RawRepository } from '../support/raw-registry.ts';
import { startRegistry } from '../support/registry.ts';
import { PASSWORD, SigningKeys } from '../support/signing-keys.ts';
import { journey } from '../support/vscode/journey.ts';

test('an export is signed, and only what the required key has signed is imported', async (context) => {
  const vendor = await startRegistry();
  context.after(() => vendor.stop());
  const inside = await startRegistry({ accessLog: true });
  context.after(() => inside.stop());
  const keys = await SigningKeys.make();
  context.after(() => keys.remove());
  const key = await keys.cosign('release');
  const repository = new RawRepository(vendor.host, 'app');
  const image = await repository.pushImage('image', [randomBytes(300_000)]);
  await repository.pushBundle('1.0.0', [`${vendor.host}/app@${image}`]);
  const machineSettings = {
    'carvelAirgap.registries': [
      { host: vendor.host, role: 'source' },
      { host: inside.host, role: 'inside', repositories: ['apps/app'] },
    ],
    'carvelAirgap.requireSignature': [key.publicPath],
  };
  // A workspace must not be able to require less.
  const workspace = {
    '.vscode/settings.json': JSON.stringify({ 'carvelAirgap.requireSignature': [] }),
    'release.key': await readFile(key.path),
  };

  await journey('signed-exports', { machineSettings, workspace }, async (workbench) => {
    const { quickInput } = workbench;
    const tar = join(workbench.folder, 'app.tar');
    await workbench.openView('Carvel Airgap');
    await workbench.expand(vendor.host);
    await workbench.expand('app');
    await workbench.contextMenu(
      workbench.treeItem('1.0.0, bundle'),
      'Export to Tarball with Options…',
      quickInput.toggleRow('Sign…'),
    );
    await quickInput.toggle('Sign…');
    await workbench.step('options');
    await quickInput.accept('');
    await quickInput.widget.getByText('Sign with This Key').waitFor();
    // Not typed: the dialog would put it behind the folder that it enters a while after it opens.
    await quickInput.pick('release.key');
    await quickInput.at('Export app:1.0.0 to Tarball');
    await quickInput.suggests('app-1.0.0.tar');
    await quickInput.accept(tar);
    const question = workbench.dialog('Export app:1.0.0');
    await question.getByText('signed with release.key').waitFor();
    await workbench.step('plan');
    await workbench.answer(question, 'Export');
    await quickInput.message().getByText('Password of the key release.key').waitFor();
    await workbench.step('password');
    await quickInput.accept(PASSWORD);
    await workbench.notification('Exported app:1.0.0').waitFor();
    assert.equal(await key.verifyFile(`${tar}.export.json`), undefined);

    await workbench.clearNotifications();
    await workbench.openView('Explorer');
    const imported = async (): Promise<void> => {
      const target = quickInput.option(`${inside.host}/apps/app`);
      await workbench.contextMenu(workbench.treeItem('app.tar'), 'Import Tarball…', target);
      await quickInput.pick(`${inside.host}/apps/app`);
    };
    const manifest = await readFile(`${tar}.export.json`, 'utf8');
    await writeFile(`${tar}.export.json`, manifest.replace('"sequence": 1', '"sequence": 2'));
    await imported();
    await workbench.notification('app.tar.export.json is not what was signed by').waitFor();
    await workbench.step('altered');
    const writes = (await inside.requests()).filter(({ method }) => !['GET', 'HEAD'].includes(method));
    assert.deepEqual(writes, []);
    await workbench.clearNotifications();
    await writeFile(`${tar}.export.json`, manifest);

    await imported();
    const confirm = workbench.dialog('Import app.tar');
    await confirm.getByText('Export signed by release.pub').waitFor();
    await workbench.step('signed');
    await workbench.answer(confirm, 'Import');
    await workbench.notification('Imported').waitFor();
    assert.equal(await new RawRepository(inside.host, 'apps/app').digest('1.0.0'), await repository.digest('1.0.0'));

    await workbench.clearNotifications();
    for (const suffix of ['.sig', '.sigstore.json']) await rm(`${tar}.export.json${suffix}`);
    await workbench.contextMenu(workbench.treeItem('app.tar'), 'Verify Tarball');
    await workbench.notification('app.tar is complete, but its signature is not accepted').waitFor();
    await workbench.step('unsigned');
  });
});
