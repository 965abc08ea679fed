// What a file no longer wants is pruned in two steps, and the Registries view marks what a file keeps current.
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { carvelAirgap } from '../support/cli.ts';
import { makeTemporaryFolder, type TemporaryFolder } from '../support/lifetime.ts';
import { RawRepository } from '../support/raw-registry.ts';
import { startSyncRegistries, type SyncRegistries } from '../support/sync-registries.ts';
import { journey } from '../support/vscode/journey.ts';

const FILE = 'carvel-airgap.yml';
let registries: SyncRegistries;
let folder: TemporaryFolder;

before(async () => {
  [registries, folder] = await Promise.all([startSyncRegistries(), makeTemporaryFolder('sync-prune-journey')]);
});

after(async () => {
  await registries?.stop();
  await folder?.remove();
});

test('what the file no longer wants is listed, and deleted unless something has changed', async () => {
  const { vendor, inside } = registries;
  const target = new RawRepository(inside.host, 'pruned/web');
  const [file, lock] = [join(folder.path, FILE), join(folder.path, 'carvel-airgap.lock.yml')];
  for (const tag of ['1.0.0', '1.1.0']) {
    await registries.publish('vendor/pruned', tag);
    const entry = `{name: web, bundle: '${vendor.host}/vendor/pruned:${tag}', destinations: [${target.name}]}`;
    await writeFile(file, `apiVersion: carvel-airgap/v1\nkind: Sync\nentries:\n- ${entry}\n`);
    assert.equal((await carvelAirgap(['sync', file, '--lock', lock])).code, 0);
  }
  const old = await target.digest('1.0.0');
  await journey(
    'sync-prune',
    { machineSettings: registries.machineSettings, workspace: folder.path },
    async (workbench) => {
      await workbench.openView('Carvel Airgap');
      await workbench.expand(inside.host);
      await workbench.treeItem('pruned/web, synced').waitFor();
      await workbench.step('managed');

      // The lock, which is there later, has a similar name.
      const tab = workbench.page.getByRole('tab', { name: FILE });
      await workbench.openFile(FILE);
      await workbench.codeLens('Last copied: 1.1.0').waitFor();
      const list = workbench.editor('carvel-airgap-sync');
      await workbench.clickLens('Prune…', list.getByText(`with 1.0.0`).first());
      await workbench.codeLens('Delete These…').waitFor();
      await workbench.step('list');

      // The site gives a version a name of its own, after the list was made.
      const { json, mediaType } = await target.manifest('1.1.0');
      await target.pushManifest('stable', json, mediaType);
      const refused = workbench.notification('The list no longer applies: the tags of').first();
      await workbench.clickLens('Delete These…', refused);
      await workbench.step('refused');
      assert.equal(await target.digest('1.0.0'), old);
      await workbench.clearNotifications();

      await workbench.click(tab, workbench.page.getByRole('tab', { name: FILE, selected: true }));
      await workbench.clickLens('Prune…', list.getByText(`with 1.0.0`).first());
      const question = workbench.dialog(/Delete \d+ tags, 3 manifests\?/);
      await workbench.clickLens('Delete These…', question);
      await question.getByText('This cannot be undone.').waitFor();
      await workbench.step('question');
      await workbench.answer(question, 'Delete');
      await workbench.notification(/Deleted: \d+ tags, 3 manifests\./).waitFor();
      await workbench.step('deleted');
      assert.equal(await target.manifestStatus(old), 404);
      assert.equal(await target.manifestStatus('1.1.0'), 200);
      assert.doesNotMatch(await readFile(lock, 'utf8'), new RegExp(old));
    },
  );
});
