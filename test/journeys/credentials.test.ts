// Signing in: what a user sees of a registry that requires a password, from the refusal to the list of its repositories.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { RawRepository } from '../support/raw-registry.ts';
import { startRegistry } from '../support/registry.ts';
import { fillCredentials } from '../support/vscode/credentials-form.ts';
import { journey } from '../support/vscode/journey.ts';

const user = { name: 'robot$team', password: 'right-Pa55word' };

test('a registry with a password: first the wrong one, then the right one', async (context) => {
  const open = await startRegistry();
  context.after(() => open.stop());
  await new RawRepository(open.host, 'team/app').pushBundle('1.0.0', []);
  const registry = await startRegistry({ user, storage: open.root });
  context.after(() => registry.stop());
  const machineSettings = { 'carvelAirgap.registries': [{ host: registry.host }, { host: open.host }] };

  await journey('credentials', { machineSettings }, async (workbench) => {
    const { quickInput } = workbench;
    const step = (name: string) => workbench.step(name);
    await workbench.openView('Carvel Airgap');
    await workbench.expand(registry.host);
    await workbench.treeItem(`${registry.host}, anonymous`).waitFor();
    const needed = workbench.treeItem('Listing the repositories requires credentials');
    await needed.waitFor();
    await step('anonymous');

    await workbench.clickTreeItem('Listing the repositories requires credentials', quickInput.widget);
    await fillCredentials({ quickInput, step }, { user: user.name, password: 'wrong-Pa55word' });
    await workbench.notification('rejected the user name or password').waitFor();
    await workbench.treeItem('rejected the user name or password').waitFor();
    await workbench.treeItem(`${registry.host}, VS Code: robot$team`).waitFor();
    await step('refused');

    const userName = quickInput.step('robot$team');
    await workbench.notificationButton('Edit Credentials…', 'rejected the user name or password', userName);
    assert.equal(await quickInput.input().inputValue(), user.name);
    await quickInput.accept();
    await quickInput.message().getByText('Password or access token').waitFor();
    assert.equal(await quickInput.input().inputValue(), 'wrong-Pa55word', 'what was typed, to be corrected');
    await quickInput.accept(user.password);
    await workbench.expand('team/app');
    await workbench.treeItem('1.0.0, bundle').waitFor();
    await workbench.treeItem('rejected the user name or password').waitFor({ state: 'detached' });
    await step('in');

    await workbench.contextMenu(workbench.treeItem(registry.host), 'Add Credentials…', userName);
    const reader = { user: 'nobody', password: 'reader-Pa55word', prefix: 'team/app', side: 'Reading only' } as const;
    await fillCredentials({ quickInput }, reader);
    await workbench.notification('rejected the user name or password for team/app').waitFor();
    await workbench.treeItem('team/app').getByText('VS Code: nobody').waitFor();
    await step('of-a-repository');
    await workbench.clearNotifications();

    const nobody = quickInput.option('nobody').first();
    await workbench.contextMenu(workbench.treeItem(registry.host), 'Manage Credentials…', nobody);
    await step('manage');
    await quickInput.pick('nobody');
    await quickInput.at('What to do with these credentials');
    await step('what-to-do');
    await quickInput.pick('Remove');
    const question = workbench.dialog('Remove the credentials nobody');
    await question.waitFor();
    await step('remove');
    await workbench.answer(question, 'Remove');
    await workbench.treeItem('1.0.0, bundle').waitFor();

    await workbench.runCommand('Airgap: Manage Credentials…');
    await quickInput.pick('robot$team');
    await quickInput.pick('Test');
    await workbench.notification(`${registry.host} accepts the credentials of robot$team`).waitFor();
    await step('tested');
    await workbench.clearNotifications();

    const remove = workbench.dialog(`Remove ${registry.host} from the list?`);
    await workbench.contextMenu(workbench.treeItem(registry.host), 'Remove Registry', remove);
    await remove.getByText('Credentials stored for it').waitFor();
    await step('remove-registry');
    await workbench.answer(remove, 'Remove with Credentials');
    await workbench.treeItem(registry.host).waitFor({ state: 'detached' });
    await workbench.runCommand('Airgap: Manage Credentials…');
    await quickInput.at('Manage Credentials');
    await quickInput.option('Add Credentials…').waitFor();
    assert.equal(await quickInput.option('robot$team').count(), 0);
    await quickInput.cancel();
    await workbench.notification('was removed from the list').waitFor();
    await step('registry-removed');
    await workbench.notificationButton('Undo', 'was removed from the list', workbench.treeItem(registry.host));
    await workbench.expand(registry.host);
    await workbench.treeItem(`${registry.host}, VS Code: robot$team`).waitFor();
    await step('undone');

    // Here VS Code keeps secrets in memory only, which it should say.
    await workbench.reload();
    await workbench.openView('Carvel Airgap');
    await workbench.expand(registry.host);
    await workbench.notification(`has not kept the credentials for ${registry.host}`).waitFor();
    await step('lost');
  });
});
