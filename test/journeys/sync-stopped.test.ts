// A sync continues after a failure, is refused to a second process, and resumes after a pause.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { carvelAirgap } from '../support/cli.ts';
import { RawRepository } from '../support/raw-registry.ts';
import { startSyncRegistries, type SyncRegistries } from '../support/sync-registries.ts';
import { journey } from '../support/vscode/journey.ts';
import { gone } from '../support/vscode/until-seen.ts';

const FILE = 'carvel-airgap.yml';
let registries: SyncRegistries;

before(async () => {
  registries = await startSyncRegistries();
});

after(() => registries?.stop());

test('a sync continues after a failure, refuses a second one, and resumes after a pause', async () => {
  const { vendor, inside } = registries;
  // At the limit below, it would take minutes.
  const layers = Array.from({ length: 40 }, () => randomBytes(1_000_000));
  await registries.publish('vendor/big', '1.0.0', layers);
  await registries.publish('vendor/small', '1.0.0');
  const entry = (name: string, reference: string) =>
    `  - {name: ${name}, bundle: '${reference}', destinations: [${inside.host}/stopped/${name}]}\n`;
  const text = `apiVersion: carvel-airgap/v1\nkind: Sync\nentries:\n${entry('gone', `${vendor.host}/vendor/nothing:1`)}${entry('big', `${vendor.host}/vendor/big:1.0.0`)}${entry('small', `${vendor.host}/vendor/small:1.0.0`)}`;
  const machineSettings = { ...registries.machineSettings, 'carvelAirgap.bandwidthLimit': 0.25 };
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
    await workbench.page.locator('.codelens-decoration').getByText('Syncing…').waitFor();
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
