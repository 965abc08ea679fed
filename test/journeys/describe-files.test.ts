// Files of exports describe themselves, also those that are incomplete or of strangers.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';

import { carvelAirgap } from '../support/cli.ts';
import { RawRepository } from '../support/raw-registry.ts';
import { startRegistry } from '../support/registry.ts';
import { journey } from '../support/vscode/journey.ts';
import { untilSeen } from '../support/vscode/until-seen.ts';

test('volumes, inventories and export manifests describe themselves, and their content is only text', async (context) => {
  const vendor = await startRegistry();
  context.after(() => vendor.stop());
  const repository = new RawRepository(vendor.host, 'app');
  const image = await repository.pushImage('image', [randomBytes(500_000), randomBytes(100_000)]);
  await repository.pushBundle('1.0.0', [`${vendor.host}/app@${image}`]);

  await journey('describe-files', {}, async (workbench) => {
    const file = (name: string) => join(workbench.folder, name);
    for (const args of [
      ['copy', '-b', `${vendor.host}/app:1.0.0`, '--to-tar', file('set.tar'), '--volume-size', '250kB'],
      ['copy', '-b', `${vendor.host}/app:1.0.0`, '--to-oci', file('layout')],
      ['inventory', `${vendor.host}/app`, '-o', file('inside.inventory.json')],
    ]) {
      const { code, stderr } = await carvelAirgap(args);
      assert.equal(code, 0, stderr);
    }
    const inventory = await readFile(file('inside.inventory.json'), 'utf8');
    const hostile = '<img src=x onerror=alert(1)><a href=\\"command:workbench.action.quit\\">app</a>';
    await writeFile(file('hostile.inventory.json'), inventory.replaceAll(`${vendor.host}/app`, hostile));
    await writeFile(file('broken.tar'), 'not a tar'.repeat(200));
    const page = workbench.renderedPage();
    await workbench.openView('Explorer');
    const described = (name: string) => page.getByRole('heading', { name, exact: true });
    const describe = (name: string, heading: string) =>
      untilSeen(described(heading), () => workbench.contextMenu(workbench.treeItem(name), 'Describe File…'));

    const open = (name: string) => workbench.treeItem(name).dblclick({ timeout: 3000 });
    await untilSeen(described('set.tar'), () => open('set.tar.002'));
    await page.getByText('Images: 2 (bundles: 1)').waitFor();
    await workbench.step('volume');
    await rename(file('set.tar.002'), file('elsewhere'));
    await page.getByText('1 of 3 volumes are missing').waitFor();
    await page.getByRole('row', { name: 'set.tar.002 missing' }).waitFor();
    await workbench.step('missing-volume');
    await rename(file('elsewhere'), file('set.tar.002'));
    await page.getByText('Images: 2 (bundles: 1)').waitFor();

    await describe('set.tar.export.json', 'Export Manifest set.tar.export.json');
    await describe('hostile.inventory.json', 'Inventory hostile.inventory.json');
    await page.getByText('<img src=x onerror=alert(1)>').waitFor();
    assert.equal(await page.locator('img').count(), 0);
    assert.equal(await page.getByRole('link', { name: 'app' }).count(), 0);
    await workbench.step('hostile');
    await untilSeen(page.getByText('broken.tar is not a tar'), () => open('broken.tar'));
    await workbench.step('broken');
    await workbench.expand('layout');
    await describe('oci-layout', 'layout');
    await page.getByText('OCI image layout').waitFor();
    await workbench.step('layout');
  });
});
