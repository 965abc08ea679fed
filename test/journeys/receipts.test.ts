// A round trip: an export is imported, its receipt travels back, and the next export carries only what is new.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';

import { RawRepository, sha256 } from '../support/raw-registry.ts';
import { startRegistry } from '../support/registry.ts';
import { journey } from '../support/vscode/journey.ts';
import { untilSeen } from '../support/vscode/until-seen.ts';
import type { Workbench } from '../support/vscode/workbench.ts';

test('an import writes a receipt, and the next export leaves out what it lists', async (context) => {
  const vendor = await startRegistry();
  context.after(() => vendor.stop());
  const inside = await startRegistry();
  context.after(() => inside.stop());
  const repository = new RawRepository(vendor.host, 'app');
  const layers = Array.from({ length: 10 }, () => randomBytes(300_000));
  const changed = randomBytes(300_000);
  for (const version of ['1.0.0', '2.0.0']) {
    if (version === '2.0.0') layers[4] = changed;
    const image = await repository.pushImage(`image-${version}`, layers);
    await repository.pushBundle(version, [`${vendor.host}/app@${image}`]);
  }
  const to = `${inside.host}/apps/app`;
  const registries = [
    { host: vendor.host, role: 'source' },
    { host: inside.host, role: 'inside', repositories: ['apps/app'] },
  ];

  await journey('receipts', { machineSettings: { 'carvelAirgap.registries': registries } }, async (workbench) => {
    const { quickInput } = workbench;
    const page = workbench.renderedPage();
    const [first, second] = [join(workbench.folder, 'app-1.tar'), join(workbench.folder, 'app-2.tar')];

    await workbench.openView('Carvel Airgap');
    await workbench.expand(vendor.host);
    await workbench.expand('app');
    const exporting = quickInput.step('Export app:1.0.0 to Tarball');
    await workbench.contextMenu(workbench.treeItem('1.0.0, bundle'), 'Export to Tarball…', exporting);
    await quickInput.suggests('app-1.0.0.tar');
    await quickInput.accept(first);
    await workbench.answer(workbench.dialog('Export app:1.0.0'), 'Export');
    await workbench.notification('Exported app:1.0.0').waitFor();
    await workbench.clearNotifications();

    await importFile(workbench, 'app-1.tar', to);
    await workbench.step('imported');
    const receiptOf = (name: string) => page.getByRole('heading', { name: `Receipt of ${name}` });
    await workbench.notificationButton('Show Receipt', 'Imported', receiptOf('app-1.tar'));
    await page.getByText('2 copied, 0 already present').waitFor();
    await page.getByText('The destination now').waitFor();
    await workbench.step('receipt');
    const receipt = join(workbench.folder, 'from-inside.receipt.json');
    await workbench.click(page.getByRole('link', { name: 'Save Receipt…' }), quickInput.step('Save Receipt'));
    await quickInput.suggests('app-1.tar.receipt.json');
    await quickInput.accept(receipt);
    await workbench.notification('The receipt is in').waitFor();
    const saved = JSON.parse(await readFile(receipt, 'utf8')) as {
      arrived: string[];
      inventory: { places: { place: string; blobs: Record<string, number> }[] };
    };
    assert.equal(saved.arrived.length, 2);
    assert.equal(saved.inventory.places[0]?.place, to);
    await workbench.clearNotifications();

    await workbench.openView('Explorer');
    const file = workbench.treeItem('from-inside.receipt.json');
    await workbench.contextMenu(file, 'Export Changes Since…', quickInput.step('Export to Tarball'));
    await quickInput.option(vendor.host).first().waitFor();
    await workbench.step('source');
    await pickSource(workbench, vendor.host);
    await quickInput.toggleRow('Omit what the other side has: from-inside.receipt.json').waitFor();
    await workbench.step('options');
    await quickInput.accept();
    await quickInput.option('from-inside.receipt.json').first().waitFor();
    await quickInput.option('app-1.tar.receipt.json').waitFor();
    await quickInput.option(new RegExp(`^${to.replaceAll('.', '\\.')}, Repositories`)).waitFor();
    await workbench.step('base');
    await quickInput.pick('from-inside.receipt.json');
    await quickInput.at('Export app:2.0.0 to Tarball');
    await quickInput.suggests('app-2.0.0.tar');
    await quickInput.accept(second);
    const plan = workbench.dialog('Export app:2.0.0');
    await plan.getByText('delta since').waitFor();
    await workbench.step('plan');
    await workbench.answer(plan, 'Export');
    await workbench.notification('Exported app:2.0.0').waitFor();
    assert.ok((await stat(second)).size < 400_000);
    await workbench.clearNotifications();

    await workbench.openView('Explorer');
    const heading = page.getByRole('heading', { name: 'app-2.tar' });
    await untilSeen(heading, () => workbench.treeItem('app-2.tar').first().dblclick({ timeout: 3000 }));
    await page.getByText('from-inside.receipt.json').first().waitFor();
    await page.getByText('Only in the base').waitFor();
    await workbench.step('delta-described');
    await importFile(workbench, 'app-2.tar', to);
    await workbench.notificationButton('Show Receipt', 'Imported', receiptOf('app-2.tar'));
    await workbench.step('second-receipt');
    const copied = new RawRepository(inside.host, 'apps/app');
    assert.equal(await copied.digest('2.0.0'), await repository.digest('2.0.0'));
    assert.deepEqual(await copied.blob(sha256(changed)), changed);

    await workbench.click(page.getByRole('link', { name: 'Reveal' }), workbench.treeItem('apps/app'));
    await workbench.step('revealed');
  });
});

async function importFile(workbench: Workbench, name: string, to: string): Promise<void> {
  await workbench.openView('Explorer');
  const place = workbench.quickInput.option(to).first();
  await workbench.contextMenu(workbench.treeItem(name), 'Import Tarball…', place);
  await workbench.quickInput.pick(to);
  await workbench.answer(workbench.dialog(`Import ${name}`), 'Import');
  await workbench.notification('Imported').waitFor();
}

async function pickSource({ quickInput }: Workbench, host: string): Promise<void> {
  await quickInput.pick(host);
  await quickInput.option('app').first().waitFor();
  await quickInput.pick('app');
  await quickInput.option('2.0.0').first().waitFor();
  await quickInput.pick('2.0.0');
}
