// What notifications say and do: one at the end of several relocations, gone when the failed one is tried again, Pause in
// the progress notification; and the steps of the walkthrough, which are ticked by what has happened.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { test } from 'node:test';

import { RawRepository } from '../support/raw-registry.ts';
import { startRegistry } from '../support/registry.ts';
import { journey } from '../support/vscode/journey.ts';

test('a failure among several relocations is one notification, which the next attempt hides', async (context) => {
  const [source, destination] = [await startRegistry(), await startRegistry()];
  context.after(() => source.stop());
  context.after(() => destination.stop());
  const repository = new RawRepository(source.host, 'team/app');
  const lost = randomBytes(100_000);
  for (const [tag, layer] of [
    ['1.0.0', randomBytes(100_000)],
    ['2.0.0', lost],
  ] as const) {
    const image = await repository.pushImage(`image-${tag}`, [layer]);
    await repository.pushBundle(tag, [`${source.host}/team/app@${image}`]);
  }
  const { json } = await repository.manifest('image-2.0.0');
  const [{ digest }] = json['layers'] as [{ digest: string }];
  const blob = await repository.blob(digest);
  const deleted = await fetch(`http://${source.host}/v2/team/app/blobs/${digest}`, { method: 'DELETE' });
  assert.equal(deleted.status, 202);
  const registries = [
    { host: source.host, role: 'source', repositories: ['team/app'] },
    { host: destination.host, role: 'inside' },
  ];

  await journey('notifications', { machineSettings: { 'carvelAirgap.registries': registries } }, async (workbench) => {
    const { page, quickInput } = workbench;
    // The walkthrough ticks what has been done before, too.
    await workbench.runCommand('Airgap: Open Walkthrough');
    const ticked = (step: string) => page.getByRole('checkbox', { name: step, checked: true });
    await workbench.openView('Carvel Airgap');
    await ticked('Connect registries').waitFor();
    assert.equal(await ticked('Relocate a bundle').count(), 0);
    await workbench.step('one-step-ticked');

    await workbench.expand(source.host);
    await workbench.expand('team/app');
    await workbench.selectTreeItems(/^1\.0\.0, bundle/, /^2\.0\.0, bundle/);
    const second = workbench.treeItem(/^2\.0\.0, bundle/);
    await workbench.contextMenu(second, 'Relocate…', quickInput.step('Destination repository'));
    await quickInput.pick(`${destination.host}/team/app`);
    const question = workbench.dialog('Relocate 2 bundles?');
    await workbench.answer(question, 'Relocate');
    const failure = workbench.notification(/1 of 2 relocations failed\. app:2\.0\.0: /);
    await failure.waitFor();
    await workbench.step('one-failure');
    assert.equal(await workbench.notification(/Relocat(?:ed|ing) app/).count(), 0);
    await ticked('Relocate a bundle').waitFor();
    await workbench.step('two-steps-ticked');

    await repository.pushBlob(blob);
    const failed = workbench.treeItem(/^app:2\.0\.0, failed/);
    await failed.waitFor();
    await workbench.contextMenu(failed, 'Resume Relocation', workbench.notification('Relocated app:2.0.0'));
    assert.equal(await failure.count(), 0);
    await workbench.step('only-the-success');
    await workbench.runCommand('Notifications: Show Notifications');
    await page.locator('.notifications-center').getByText('1 of 2 relocations failed').waitFor();
    await workbench.step('the-failure-is-in-the-center');
  });
  assert.equal(digest, `sha256:${createHash('sha256').update(blob).digest('hex')}`);
});

test('Pause in the progress notification keeps what has arrived, and the view resumes it', async (context) => {
  const [source, destination] = [await startRegistry(), await startRegistry()];
  context.after(() => source.stop());
  context.after(() => destination.stop());
  const repository = new RawRepository(source.host, 'team/big');
  // At the limit below, it would take minutes.
  await repository.pushImage(
    '1.0.0',
    Array.from({ length: 40 }, () => randomBytes(1_000_000)),
  );
  const machineSettings = {
    'carvelAirgap.registries': [
      { host: source.host, role: 'source', repositories: ['team/big'] },
      { host: destination.host, role: 'inside' },
    ],
    'carvelAirgap.bandwidthLimit': 0.25,
  };
  await journey('pause-in-notification', { machineSettings }, async (workbench) => {
    const { quickInput } = workbench;
    await workbench.openView('Carvel Airgap');
    await workbench.expand(source.host);
    await workbench.expand('team/big');
    const destinations = quickInput.step('Destination repository');
    await workbench.contextMenu(workbench.treeItem(/^1\.0\.0, image/), 'Relocate…', destinations);
    await quickInput.pick(`${destination.host}/team/big`);
    await workbench.answer(workbench.dialog('Relocate big:1.0.0'), 'Relocate');
    const progress = workbench.notification('Relocating big:1.0.0');
    await progress.waitFor();
    await workbench.step('running');
    // The text of the notification is redrawn with each update.
    const pausing = workbench.treeItem(/^big:1\.0\.0, (?:stopping|paused)/);
    await workbench.click(progress.getByRole('link', { name: 'Pause' }), pausing);
    await workbench.treeItem(/^big:1\.0\.0, paused/).waitFor();
    await progress.waitFor({ state: 'detached' });
    await workbench.step('paused');
    const missing = await new RawRepository(destination.host, 'team/big').manifestStatus('1.0.0');
    assert.equal(missing, 404);
    await workbench.runCommand('Airgap: Limit Bandwidth…');
    await quickInput.accept('');
    const relocated = workbench.notification('Relocated big:1.0.0');
    await workbench.inlineAction(workbench.treeItem(/^big:1\.0\.0, paused/), 'Resume Relocation', relocated);
    await workbench.step('resumed');
  });
});
