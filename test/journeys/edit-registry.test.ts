// What is done with a registry besides looking into it: how it is reached is changed, and its own pages are opened.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { type Registry, startRegistry } from '../support/registry.ts';
import { journey } from '../support/vscode/journey.ts';

let registry: Registry;

before(async () => {
  registry = await startRegistry();
});

after(async () => {
  await registry?.stop();
});

test('the connection of a registry is changed from its menu and from the palette', () =>
  journey(
    'edit-registry',
    { machineSettings: { 'carvelAirgap.registries': [{ host: registry.host }] } },
    async (workbench) => {
      const { quickInput } = workbench;
      await workbench.openView('Carvel Airgap');
      const node = workbench.treeItem(registry.host);
      await node.waitFor();
      await workbench.contextMenu(node, 'Edit Registry…', quickInput.step('Edit Registry'));
      await quickInput.option('Credentials…').first().waitFor();
      await workbench.step('what-to-change');
      await quickInput.pick('Use Plain HTTP…');
      const dialog = workbench.dialog(`Use plain HTTP with ${registry.host}?`);
      await dialog.getByText('is sent unencrypted').waitFor();
      await workbench.step('asked');
      await workbench.answer(dialog, 'Use Plain HTTP');
      await workbench.treeItem(`${registry.host}, plain HTTP`).waitFor();
      await workbench.step('plain-http');

      await workbench.runCommand('Airgap: Edit Registry…');
      await quickInput.at('Edit Registry');
      await quickInput.pick(registry.host);
      await quickInput.pick('Use TLS Again, currently plain HTTP');
      await workbench.treeItem(`${registry.host}, plain HTTP`).waitFor({ state: 'detached' });
      const settings = join(workbench.dataFolder, 'data/Machine/settings.json');
      assert.match(await readFile(settings, 'utf8'), /"http":\s*false|\{\s*"host": "[^"]+"\s*\}/);

      await workbench.runCommand('Airgap: Edit Registry…');
      await quickInput.at('Edit Registry');
      await quickInput.pick(registry.host);
      await quickInput.pick('Edit in settings.json');
      await workbench.page.getByRole('tab', { name: 'settings.json', selected: true }).waitFor();
      await workbench.editor('settings.json').getByText('"carvelAirgap.registries"').waitFor();
      await workbench.step('settings');
    },
  ));

test("a registry's web page is opened in the browser, also from the palette", () =>
  journey(
    'open-in-browser',
    { machineSettings: { 'carvelAirgap.registries': [{ host: registry.host }, { host: 'quay.io' }] } },
    async (workbench) => {
      const { quickInput, page } = workbench;
      await workbench.openView('Carvel Airgap');
      const dialog = workbench.dialog('Do you want');
      await workbench.runCommand('Airgap: Open in Browser', quickInput.step('Open in Browser'));
      await workbench.step('which');
      await quickInput.pick('quay.io');
      await dialog.getByText('https://quay.io/').waitFor();
      await workbench.step('asked-by-vscode');
      await workbench.answer(dialog, 'Cancel');

      const opened = page.context().waitForEvent('page');
      const isOpen = { waitFor: () => opened };
      await workbench.contextMenu(workbench.treeItem(registry.host), 'Open in Browser', isOpen);
      // A window that is connected to another machine gets there by that one.
      const [, port = ''] = registry.host.split(':');
      assert.match((await opened).url(), new RegExp(`^http://127\\.0\\.0\\.1:(\\d+/proxy/)?${port}/$`));
    },
  ));
