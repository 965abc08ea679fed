// What one comes back to: the status bar leads to the view, and what is finished is read, used, done again and forgotten there.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';

import { fixtureDigest } from '../support/fixture.ts';
import { RawRepository } from '../support/raw-registry.ts';
import { startRegistry } from '../support/registry.ts';
import { startVendor } from '../support/vendor.ts';
import { journey } from '../support/vscode/journey.ts';
import { gone, holds, untilSeen } from '../support/vscode/until-seen.ts';

test('A relocation is found from the status bar; when finished, its report is read, and it is used, repeated and removed', async (context) => {
  const [vendor, airgap] = await Promise.all([startVendor(), startRegistry()]);
  context.after(() => Promise.all([vendor.stop(), airgap.stop()]));
  const big = new RawRepository(vendor.host, 'big');
  const layers = Array.from({ length: 20 }, () => randomBytes(400_000));
  await big.pushBundle('1.0.0', [`${vendor.host}/big@${await big.pushImage('image', layers)}`]);
  const machineSettings = {
    'carvelAirgap.registries': [
      { host: vendor.host, repositories: ['big', 'vendor/packages'] },
      { host: airgap.host, repositories: ['big'] },
    ],
    // Slow, until the status bar was clicked.
    'carvelAirgap.bandwidthLimit': 0.05,
  };
  await journey('relocations-after', { machineSettings }, async (workbench) => {
    const { page, quickInput } = workbench;
    const relocate = async (tag: string, name: string, to: string): Promise<void> => {
      await workbench.contextMenu(
        workbench.treeItem(new RegExp(`^${tag}`)),
        'Relocate…',
        quickInput.step('Destination repository'),
      );
      await quickInput.accept(`${airgap.host}/${to}`);
      await workbench.answer(workbench.dialog(`Relocate ${name}`), 'Relocate');
    };
    await workbench.openView('Carvel Airgap');
    await workbench.expand(vendor.host);
    await workbench.expand('big');
    await relocate('1.0.0', 'big:1.0.0', 'big');

    await workbench.openView('Explorer');
    const view = page.locator('.sidebar').getByRole('treeitem', { name: /^big:1\.0\.0, running/ });
    assert.equal(await view.count(), 0);
    await workbench.click(workbench.statusBarItem(/1 relocation · \d+ %/), view);
    await workbench.step('revealed');
    await workbench.runCommand('Airgap: Limit Bandwidth…');
    await quickInput.accept('');
    await workbench.notification('Relocated big:1.0.0').waitFor();
    await workbench.statusBarItem(/1 relocation/).waitFor({ state: 'detached' });
    await workbench.step('finished');
    await workbench.clearNotifications();

    await workbench.expand('vendor/packages');
    await relocate('v1.0.0, bundle', 'packages:v1.0.0', 'mirror/packages');
    await workbench.notification('Relocated packages:v1.0.0').waitFor();
    await workbench.clearNotifications();
    const packages = workbench.treeItem(/^packages:v1\.0\.0, finished, .* · to /);
    await packages.waitFor();
    await workbench.viewAlone('Relocations');
    await untilSeen(page.locator('.workbench-hover-container').getByText(/Started: .*Ended: /s), async () => {
      await page.mouse.move(800, 400);
      await packages.hover();
    });
    await workbench.step('hover');
    await workbench.click(packages, workbench.menuItem('Remove Relocation from List'), 'right');
    await workbench.step('menu');
    await workbench.closeMenu();
    await workbench.contextMenu(packages, 'Show Report', workbench.renderedPage().getByText('Relocation of'));
    const report = await workbench.renderedPage().innerText();
    assert.ok(report.includes(`${airgap.host}/mirror/packages@${fixtureDigest}`), report);
    // The document has the way to the same as JSON.
    const save = page.locator('.editor-actions').getByRole('button', { name: 'Save Report as JSON' });
    await workbench.click(save, quickInput.step('Save Report of packages:v1.0.0'));
    await workbench.step('save-report');
    await quickInput.cancel();

    const log = page.locator('.panel').getByText('packages:v1.0.0: relocated to').first();
    await workbench.contextMenu(packages, 'Show Log', log);
    await workbench.step('log');
    await workbench.runCommand('View: Hide Panel', gone(log));

    const created = workbench.editor('untitled:').getByText('kind: PackageRepository');
    await workbench.contextMenu(packages, 'Create PackageRepository', created);
    await workbench.step('package-repository');
    const image = `image: ${airgap.host}/mirror/packages@${fixtureDigest}`;
    assert.ok((await workbench.editorText('untitled:')).includes(image));

    const again = workbench.dialog('packages:v1.0.0 is already up to date');
    await workbench.contextMenu(packages, 'Run Again…', again);
    await again.getByText('Images: all 5 already present').waitFor();
    await workbench.step('again');
    await workbench.answer(again, 'Verify');
    await workbench.notification('Verified packages:v1.0.0').waitFor();
    // The view is alone, so that all its rows are in sight.
    const rows = page.getByRole('treeitem', { name: /^packages:v1\.0\.0, finished/ });
    const number = (count: number) => holds(async () => (await rows.count()) === count);
    await number(2).waitFor({ timeout: 60_000 });
    await workbench.step('twice');
    await workbench.clearNotifications();

    await workbench.contextMenu(rows.first(), 'Remove Relocation from List', number(1));
    const pane = await workbench.view('Relocations');
    await pane.hover();
    for (const theme of ['light', 'high-contrast', 'high-contrast-light'] as const) {
      await workbench.theme(theme);
      await workbench.step(theme);
    }
    await pane.hover();
    await workbench.click(pane.getByRole('button', { name: 'Remove Finished' }), pane.getByText('No relocations yet'));
    await workbench.step('cleared');
    await workbench.reload();
    await workbench.openView('Carvel Airgap');
    await (await workbench.view('Relocations')).getByText('No relocations yet').waitFor();
  });
});
