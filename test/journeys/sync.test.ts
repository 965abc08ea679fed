// An air gap is kept current with a file: it is written with the editor's help, planned and synced, and each entry shows
// its state; what the command line does in the meantime is seen too.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { carvelAirgap } from '../support/cli.ts';
import { RawRepository } from '../support/raw-registry.ts';
import { startSyncRegistries, type SyncRegistries } from '../support/sync-registries.ts';
import { journey } from '../support/vscode/journey.ts';
import { choose, problem, suggested, suggestion, toLineEnd } from '../support/vscode/problems.ts';
import { gone } from '../support/vscode/until-seen.ts';

const FILE = 'carvel-airgap.yml';
let registries: SyncRegistries;

before(async () => {
  registries = await startSyncRegistries();
});

after(() => registries?.stop());

test('a file is completed, planned and synced, and its entries say what is out of date', async () => {
  const { vendor, inside } = registries;
  const target = new RawRepository(inside.host, 'mirror/web');
  const first = await registries.publish('vendor/web', '1.0.0');
  const text = `apiVersion: carvel-airgap/v1
kind: Sync
entries:
  - name: web
    bundle: ${vendor.host}/vendor/web
    tagSelection:
      semver:
        constraints: '>=1.0.0 <2.0.0'
`;
  const options = {
    machineSettings: registries.machineSettings,
    workspace: { [FILE]: text },
  };
  await journey('sync', options, async (workbench) => {
    const { page } = workbench;
    // The lock, which is there later, has a similar name.
    const tab = workbench.page.getByRole('tab', { name: FILE });
    await workbench.openFile(FILE);
    await workbench.codeLens('Cannot be synced: 1 problem').waitFor();
    await workbench.openProblems();
    await problem(workbench, 'the field destinations is missing').waitFor();
    await workbench.step('mistake');

    await toLineEnd(workbench, FILE, 'constraints');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Home');
    await page.keyboard.type('    dest');
    await suggested(workbench, 'destinations');
    await workbench.step('completion');
    await choose(workbench, 'destinations', gone(suggestion(workbench, 'destinations')));
    await suggested(workbench, inside.host);
    await workbench.step('registries');
    await choose(workbench, inside.host, workbench.editor(FILE).getByText(`- ${inside.host}/`));
    await page.keyboard.type('mirror/web');
    await page.keyboard.press('Escape');
    await page.getByText('No problems have been detected').waitFor();
    await workbench.runCommand('View: Hide Panel', gone(page.locator('.markers-panel')));
    await workbench.codeLens('Never copied').waitFor();
    await workbench.step('written');

    const planned = workbench.notification('1 out of date. To copy: 2 images');
    await workbench.clickLens(/^Plan$/, planned);
    await workbench.codeLens('Not copied yet: 1.0.0 (2 images').waitFor();
    await workbench.step('planned');
    const plan = workbench.editor('carvel-airgap-sync').getByText('web: out of date');
    await workbench.notificationButton('Show Plan', '1 out of date', plan);
    await workbench.step('plan');
    assert.equal((await target.tags()).size, 0);
    await workbench.clearNotifications();

    const question = workbench.dialog(`Sync ${FILE}?`);
    await workbench.clickLens('Sync…', question);
    await question.getByText('Images: 2 to copy').waitFor();
    await workbench.step('question');
    await workbench.answer(question, 'Sync');
    await workbench.notification(`${FILE}: 1 synced.`).waitFor();
    await workbench.step('synced');
    assert.equal(await target.digest('1.0.0'), first);
    await workbench.clearNotifications();
    await workbench.click(tab, workbench.page.getByRole('tab', { name: FILE, selected: true }));
    await workbench.codeLens('Up to date: 1.0.0').waitFor();
    await workbench.step('current');
    const file = join(workbench.folder, FILE);
    const lock = join(workbench.folder, 'carvel-airgap.lock.yml');
    assert.match(await readFile(lock, 'utf8'), new RegExp(`tag: 1\\.0\\.0\\n +digest: ${first}`));

    // The command line reads the same file and lock.
    assert.equal((await carvelAirgap(['sync', file, '--lock', lock, '--check'])).code, 0);
    await registries.publish('vendor/web', '1.1.0');
    await workbench.clickLens(/^Plan$/, workbench.codeLens('Out of date: 1.0.0 → 1.1.0'));
    await workbench.step('out-of-date');
    await workbench.theme('light');
    await workbench.step('out-of-date-light');
    await workbench.theme('dark');
    await workbench.clearNotifications();
    assert.equal((await carvelAirgap(['sync', file, '--lock', lock])).code, 0);
    await workbench.codeLens('Last copied: 1.1.0').waitFor();
    await workbench.step('synced-elsewhere');

    await registries.publish('vendor/web', '1.2.0');
    await workbench.clickLens('Sync…', question);
    await workbench.answer(question, 'Sync');
    await workbench.codeLens('Up to date: 1.2.0').waitFor();
    assert.deepEqual(
      [...(await target.tags()).keys()].filter((tag) => !tag.endsWith('.imgpkg')),
      ['1.0.0', '1.1.0', '1.2.0'],
    );
    await workbench.step('synced-again');
  });
});
