// Month after month: an export omits what was carried before, in volumes, and the set is imported.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';

import { carvelAirgap } from '../support/cli.ts';
import { RawRepository } from '../support/raw-registry.ts';
import { startRegistry } from '../support/registry.ts';
import { journey } from '../support/vscode/journey.ts';

test('an export omits what the other side has, in volumes; the set is imported where the base is', async (context) => {
  const vendor = await startRegistry();
  context.after(() => vendor.stop());
  const inside = await startRegistry();
  context.after(() => inside.stop());
  const repository = new RawRepository(vendor.host, 'app');
  const layers = Array.from({ length: 10 }, () => randomBytes(300_000));
  for (const version of ['1.0.0', '2.0.0']) {
    if (version === '2.0.0') layers[4] = randomBytes(300_000);
    const image = await repository.pushImage(`image-${version}`, layers);
    await repository.pushBundle(version, [`${vendor.host}/app@${image}`]);
  }
  const registries = [
    { host: vendor.host, role: 'source' },
    { host: inside.host, role: 'inside', repositories: ['apps/app'] },
  ];

  await journey('export-options', { machineSettings: { 'carvelAirgap.registries': registries } }, async (workbench) => {
    const { quickInput } = workbench;
    const first = join(workbench.folder, 'app-1.tar');
    for (const args of [
      ['-b', `${vendor.host}/app:1.0.0`, '--to-tar', first],
      ['--tar', first, '--to-repo', `${inside.host}/apps/app`],
    ]) {
      const { code, stderr } = await carvelAirgap(['copy', ...args]);
      assert.equal(code, 0, stderr);
    }
    await workbench.openView('Carvel Airgap');
    await workbench.expand(vendor.host);
    await workbench.expand('app');
    const options = quickInput.toggleRow('Omit what the other side has…');
    await workbench.contextMenu(workbench.treeItem('2.0.0, bundle'), 'Export to Tarball with Options…', options);
    await quickInput.toggle('Omit what the other side has…');
    await quickInput.toggle('Split into volumes…');
    await workbench.step('options');
    await quickInput.accept('');
    await quickInput.option('app-1.tar').waitFor();
    await workbench.step('base');
    await quickInput.pick('Choose a File…');
    await quickInput.widget.getByText('Omit What It Lists').waitFor();
    await quickInput.accept(first);
    await quickInput.message().getByText('Size that each file stays below').waitFor();
    await workbench.step('size');
    await quickInput.accept('200kB');
    const tar = join(workbench.folder, 'app-2.tar');
    await quickInput.at('Export app:2.0.0 to Tarball');
    await quickInput.suggests('app-2.0.0.tar');
    await quickInput.accept(tar);
    const dialog = workbench.dialog('Export app:2.0.0');
    await dialog.getByText('delta since').waitFor();
    await dialog.getByText(/On disk: 31\d\.\d kB \(3\.0 MB without the base\)/).waitFor();
    await workbench.step('plan');
    await workbench.answer(dialog, 'Export');
    await workbench.notification('Exported app:2.0.0').waitFor();
    const files = (await readdir(workbench.folder)).filter((name) => name.startsWith('app-2.tar')).sort();
    assert.deepEqual(files, ['app-2.tar.001', 'app-2.tar.002', 'app-2.tar.export.json', 'app-2.tar.sha256']);
    for (const name of files) assert.ok((await stat(join(workbench.folder, name))).size < 200_000, name);

    await workbench.clearNotifications();
    await workbench.openView('Explorer');
    const place = quickInput.option(`${inside.host}/apps/app`).first();
    await workbench.contextMenu(workbench.treeItem('app-2.tar.001'), 'Import Tarball…', place);
    await workbench.step('import');
    await quickInput.pick(`${inside.host}/apps/app`);
    await workbench.answer(workbench.dialog('Import app-2.tar'), 'Import');
    await workbench.notification('Imported').waitFor();
    await workbench.step('imported');
    const copied = new RawRepository(inside.host, 'apps/app');
    assert.equal(await copied.digest('2.0.0'), await repository.digest('2.0.0'));
  });
});
