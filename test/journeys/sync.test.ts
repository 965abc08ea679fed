// An air gap is kept current with a file: it is written with the editor's help, planned and synced, and each entry shows
// its state; what the command line does in the meantime is seen too.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { carvelAirgap } from '../support/cli.ts';
import { makeTemporaryFolder, type TemporaryFolder } from '../support/lifetime.ts';
import { RawRepository } from '../support/raw-registry.ts';
import { type Registry, startRegistry } from '../support/registry.ts';
import { journey } from '../support/vscode/journey.ts';
import { choose, problem, suggested, suggestion, toLineEnd } from '../support/vscode/problems.ts';
import { gone } from '../support/vscode/until-seen.ts';

const FILE = 'carvel-airgap.yml';
let vendor: Registry;
let inside: Registry;
let folder: TemporaryFolder;

before(async () => {
  [vendor, inside, folder] = await Promise.all([startRegistry(), startRegistry(), makeTemporaryFolder('sync-journey')]);
});

after(async () => {
  await inside?.stop();
  await vendor?.stop();
  await folder?.remove();
});

/** A bundle with one image. */
async function publish(tag: string, path = 'vendor/web'): Promise<string> {
  const web = new RawRepository(vendor.host, path);
  const image = await web.pushImage(`app-${tag}`, [randomBytes(5000)]);
  return web.pushBundle(tag, [`${web.name}@${image}`]);
}

const registries = () => ({
  'carvelAirgap.registries': [
    { host: vendor.host, role: 'source' },
    { host: inside.host, role: 'inside' },
  ],
});

test('a file is completed, planned and synced, and its entries say what is out of date', async () => {
  const target = new RawRepository(inside.host, 'mirror/web');
  const [first] = [await publish('1.0.0')];
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
    machineSettings: registries(),
    workspace: { [FILE]: text },
  };
  await journey('sync', options, async (workbench) => {
    const { page } = workbench;
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
    await workbench.openFile(FILE);
    await workbench.codeLens('Up to date: 1.0.0').waitFor();
    await workbench.step('current');
    const file = join(workbench.folder, FILE);
    const lock = join(workbench.folder, 'carvel-airgap.lock.yml');
    assert.match(await readFile(lock, 'utf8'), new RegExp(`tag: 1\\.0\\.0\\n +digest: ${first}`));

    // The command line reads the same file and lock.
    assert.equal((await carvelAirgap(['sync', file, '--lock', lock, '--check'])).code, 0);
    await publish('1.1.0');
    await workbench.clickLens(/^Plan$/, workbench.codeLens('Out of date: 1.0.0 → 1.1.0'));
    await workbench.step('out-of-date');
    await workbench.theme('light');
    await workbench.step('out-of-date-light');
    await workbench.theme('dark');
    await workbench.clearNotifications();
    assert.equal((await carvelAirgap(['sync', file, '--lock', lock])).code, 0);
    await workbench.codeLens('Last copied: 1.1.0').waitFor();
    await workbench.step('synced-elsewhere');

    await publish('1.2.0');
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

test('what the file no longer wants is listed, and deleted unless something has changed', async () => {
  const target = new RawRepository(inside.host, 'pruned/web');
  const [file, lock] = [join(folder.path, FILE), join(folder.path, 'carvel-airgap.lock.yml')];
  for (const tag of ['1.0.0', '1.1.0']) {
    await publish(tag, 'vendor/pruned');
    const entry = `{name: web, bundle: '${vendor.host}/vendor/pruned:${tag}', destinations: [${target.name}]}`;
    await writeFile(file, `apiVersion: carvel-airgap/v1\nkind: Sync\nentries:\n- ${entry}\n`);
    assert.equal((await carvelAirgap(['sync', file, '--lock', lock])).code, 0);
  }
  const old = await target.digest('1.0.0');
  await journey('sync-prune', { machineSettings: registries(), workspace: folder.path }, async (workbench) => {
    await workbench.openView('Carvel Airgap');
    await workbench.expand(inside.host);
    await workbench.treeItem('pruned/web, synced').waitFor();
    await workbench.step('managed');

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

    await workbench.openFile(FILE);
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
  });
});

test('a sync goes on after a failure, refuses a second one, and resumes after a pause', async () => {
  const big = new RawRepository(vendor.host, 'vendor/big');
  // At the limit below, it would take minutes.
  const image = await big.pushImage(
    'app',
    Array.from({ length: 40 }, () => randomBytes(1_000_000)),
  );
  await big.pushBundle('1.0.0', [`${big.name}@${image}`]);
  await publish('1.0.0', 'vendor/small');
  const entry = (name: string, reference: string) =>
    `  - {name: ${name}, bundle: '${reference}', destinations: [${inside.host}/stopped/${name}]}\n`;
  const text = `apiVersion: carvel-airgap/v1\nkind: Sync\nentries:\n${entry('gone', `${vendor.host}/vendor/nothing:1`)}${entry('big', `${vendor.host}/vendor/big:1.0.0`)}${entry('small', `${vendor.host}/vendor/small:1.0.0`)}`;
  const machineSettings = { ...registries(), 'carvelAirgap.bandwidthLimit': 0.25 };
  await journey('sync-stopped', { machineSettings, workspace: { [FILE]: text } }, async (workbench) => {
    await workbench.openView('Carvel Airgap');
    await workbench.viewAlone('Relocations');
    await workbench.openFile(FILE);
    const question = workbench.dialog(`Sync ${FILE}?`);
    await workbench.clickLens('Sync…', question);
    await question.getByText(/gone cannot be synced: Not found/).waitFor();
    await workbench.step('question');
    await workbench.answer(question, 'Sync');

    const progress = workbench.notification(`Syncing ${FILE}`);
    await progress.getByText(/0 of 2 done · big:1\.0\.0/).waitFor();
    await workbench.treeItem(/^big:1\.0\.0/).waitFor();
    await workbench.codeLens('Syncing…').waitFor();
    await workbench.step('syncing');
    const lock = join(workbench.folder, 'carvel-airgap.lock.yml');
    const second = await carvelAirgap(['sync', join(workbench.folder, FILE), '--lock', lock]);
    assert.equal(second.code, 1);
    assert.match(second.stderr, /Another process is syncing/);
    await workbench.click(progress.getByRole('link', { name: 'Pause' }), gone(progress));
    await workbench.notification('1 failed, 2 stopped').waitFor();
    await workbench.codeLens('Stopped').waitFor();
    await workbench.codeLens('Failed: Not found').waitFor();
    await workbench.step('paused');

    await workbench.runCommand('Airgap: Limit Bandwidth…');
    await workbench.quickInput.accept('');
    await workbench.notificationButton('Resume', '1 failed, 2 stopped', question);
    await workbench.answer(question, 'Sync');
    await workbench.notification('2 synced, 1 failed').waitFor();
    await workbench.codeLens('Up to date: 1.0.0').waitFor();
    await workbench.step('resumed');
    assert.equal(await new RawRepository(inside.host, 'stopped/small').manifestStatus('1.0.0'), 200);
    assert.equal(await new RawRepository(inside.host, 'stopped/big').manifestStatus('1.0.0'), 200);
    const report = workbench.editor('carvel-airgap-sync').getByText('gone: failed');
    await workbench.notificationButton('Show Report', '2 synced, 1 failed', report);
    await workbench.step('report');
  });
});
