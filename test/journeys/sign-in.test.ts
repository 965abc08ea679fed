// From an unknown certificate to the list of repositories in one go, and what of that a new host gets.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';

import { RawRepository } from '../support/raw-registry.ts';
import { startRegistry } from '../support/registry.ts';
import { fillCredentials } from '../support/vscode/credentials-form.ts';
import { journey } from '../support/vscode/journey.ts';

const user = { name: 'robot', password: 'right-Pa55word' };

test('trusting a certificate leads to the sign-in, and a changed host gets nothing without consent', async (context) => {
  const open = await startRegistry();
  context.after(() => open.stop());
  await new RawRepository(open.host, 'team/app').pushBundle('1.0.0', []);
  const registry = await startRegistry({ user, tls: { names: ['localhost'] }, storage: open.root });
  context.after(() => registry.stop());
  const other = registry.host.replace('127.0.0.1', 'localhost');
  const machineSettings = { 'carvelAirgap.registries': [{ host: registry.host, name: 'Mirror', role: 'inside' }] };

  await journey('sign-in', { machineSettings }, async (workbench) => {
    const { quickInput } = workbench;
    const settings = () => readFile(join(workbench.dataFolder, 'data/Machine/settings.json'), 'utf8');
    await workbench.openView('Carvel Airgap');
    await workbench.expand(registry.host);
    const trust = workbench.dialog(`Trust this certificate for ${registry.host}?`);
    await workbench.clickTreeItem(/certificate of .* signed by an unknown authority/, trust);
    await workbench.answer(trust, 'Trust Certificate');
    await quickInput.at(`Add Credentials for ${registry.host}`);
    await workbench.step('sign-in-follows');
    await fillCredentials({ quickInput }, { user: user.name, password: user.password });
    await workbench.expand('team/app');
    await workbench.treeItem('1.0.0, bundle').waitFor();
    await workbench.step('in');

    const remove = workbench.dialog(`Remove ${registry.host} from the list?`);
    await workbench.contextMenu(workbench.treeItem(registry.host), 'Remove Registry', remove);
    await remove.getByText('Certificates that you trusted for it').waitFor();
    await workbench.step('remove');
    await workbench.answer(remove, 'Remove Registry');
    await workbench.treeItem('Mirror').waitFor({ state: 'detached' });
    await workbench.notificationButton('Undo', 'was removed from the list', workbench.treeItem('Mirror, inside'));
    await workbench.expand('Mirror, inside');
    await workbench.treeItem('team/app').waitFor();
    await workbench.step('undone');

    const changeHost = async (answer: string): Promise<void> => {
      await workbench.contextMenu(workbench.treeItem('Mirror'), 'Edit Registry…', quickInput.option('Host…').first());
      await quickInput.pick('Host…');
      await quickInput.at('Host of');
      await quickInput.accept(other);
      const consent = workbench.dialog(`Use the credentials and certificates of ${registry.host} for ${other}?`);
      await consent.getByText('Credentials: 1').waitFor();
      await workbench.step(answer);
      await workbench.answer(consent, answer);
    };
    await changeHost('Cancel');
    assert.match(await settings(), /BEGIN CERTIFICATE/);
    await changeHost('Change the Host Only');
    await workbench.expand(new RegExp(`^Mirror, inside.*${other}`));
    await workbench.treeItem(/certificate of .*/).waitFor();
    assert.doesNotMatch(await settings(), /BEGIN CERTIFICATE/);
    await workbench.step('host-only');
  });
});
