// Several tags of a repository at once: what is asked, what moves, what is reported, and what a second run says.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';

import { RawRepository } from '../support/raw-registry.ts';
import { startRegistry } from '../support/registry.ts';
import { journey } from '../support/vscode/journey.ts';

test('all tags of a repository are relocated; the default moves no tag; a second run only verifies', async (context) => {
  const [source, destination] = [await startRegistry(), await startRegistry()];
  context.after(() => source.stop());
  context.after(() => destination.stop());
  const repository = new RawRepository(source.host, 'team/app');
  const image = await repository.pushImage('base', [randomBytes(100_000)]);
  const digests = new Map<string, string>();
  for (const tag of ['1.0.0', '1.1.0', '2.0.0']) {
    digests.set(tag, await repository.pushBundle(tag, tag === '2.0.0' ? [] : [`${source.host}/team/app@${image}`]));
  }
  const mirror = new RawRepository(destination.host, 'team/app');
  const other = await mirror.pushImage('2.0.0', [randomBytes(100)]);
  const registries = [{ host: source.host, repositories: ['team/app'] }, { host: destination.host }];

  await journey('several-tags', { machineSettings: { 'carvelAirgap.registries': registries } }, async (workbench) => {
    const { page, quickInput } = workbench;
    await workbench.openView('Carvel Airgap');
    const view = await workbench.view('Relocations');
    await view.getByRole('button', { name: 'Import Tarball…' }).waitFor();
    await page.setViewportSize({ width: 900, height: 800 });
    await workbench.step('welcome-at-900');
    await page.setViewportSize({ width: 1280, height: 800 });

    await workbench.expand(source.host);
    const newest = quickInput.option('Newest tag: 2.0.0').first();
    await workbench.contextMenu(workbench.treeItem('team/app'), 'Relocate…', newest);
    await workbench.step('which-tags');
    await quickInput.pick('Choose tags…');
    for (const tag of ['1.0.0', '1.1.0', '2.0.0']) await quickInput.toggle(tag);
    await workbench.step('chosen-tags');
    await quickInput.accept();
    await quickInput.pick(`${destination.host}/team/app`);
    const question = workbench.dialog('Relocate 3 bundles?');
    await question.getByText('Tags that will move: 1').waitFor();
    await workbench.step('plan');
    await workbench.answer(question, 'Show Plan');
    await quickInput.at('Search this plan');
    await workbench.step('plan-in-full');
    await quickInput.button('Back');
    // The default leaves the tag that points elsewhere alone.
    await question.getByRole('button', { name: 'Relocate Only the Other 2' }).and(page.locator(':focus')).waitFor();
    await page.keyboard.press('Enter');
    await workbench.notification('2 of 2 relocations complete: 4 of 4 images copied').waitFor();
    await workbench.step('one-notification');
    assert.equal(await workbench.notification('Relocated app').count(), 0);
    assert.equal(await mirror.digest('2.0.0'), other);
    assert.equal(await mirror.digest('1.1.0'), digests.get('1.1.0'));
    await workbench.clearNotifications();

    const report = workbench.renderedPage();
    await workbench.clickTreeItem(/^app:1\.1\.0, finished/, report.getByText('Complete: 2 of 2 images copied.'));
    for (const action of ['Copy Reference', 'Reveal', 'Audit'])
      await report.getByText(action, { exact: true }).waitFor();
    assert.equal(await report.getByText('Create PackageRepository').count(), 0);
    await workbench.step('report');
    await workbench.theme('light');
    await workbench.step('report-light');
    await page.setViewportSize({ width: 900, height: 600 });
    await workbench.step('report-at-900');
    await page.setViewportSize({ width: 1280, height: 800 });
    const isCopied = workbench.clipboardHas(/\/team\/app@sha256:/);
    await workbench.click(report.getByText('Copy Reference', { exact: true }), isCopied);
    const selected = workbench.treeItem(/^1\.1\.0, bundle/).and(page.locator('.focused, [aria-selected=true]'));
    await workbench.click(report.getByText('Reveal', { exact: true }), selected);
    await workbench.step('revealed');

    const again = workbench.dialog(`app:1.1.0 is already up to date in ${destination.host}/team/app.`);
    await workbench.contextMenu(workbench.treeItem(/^app:1\.1\.0, finished/), 'Run Again…', again);
    await workbench.step('up-to-date');
    assert.equal(await again.getByRole('button', { name: 'Relocate', exact: true }).count(), 0);
    await workbench.answer(again, 'Verify');
    await workbench.notification(/Verified app:1\.1\.0 in .*: all 2 images are complete/).waitFor();
    await workbench.step('verified');
  });
});
