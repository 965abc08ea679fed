// The driver's own test: an extension that has one of everything, touched by every means a journey has.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { journey } from '../support/vscode/journey.ts';
import { packagedProbe } from '../support/vscode/vsix.ts';

test('a journey can see and use views, menus, inputs, notifications, lenses, dialogs and settings', async () => {
  const options = {
    extensions: [await packagedProbe()],
    env: { PROBE: 'set' },
    settings: { 'probe.user': '1' },
    machineSettings: { 'probe.machine': '2' },
    workspace: { 'a/b.yml': 'kind: B\n' },
  };
  await journey('driver', options, async (workbench) => {
    const { quickInput } = workbench;
    await workbench.openView('Probe');
    await workbench.openView('Probe');
    const registry = await workbench.expand('registry.example');
    await workbench.treeItem('team/other').waitFor();
    const more = await workbench.view('More');
    await more.getByText('Nothing here.').waitFor();
    await workbench.step('views');

    const state = workbench.statusBarItem(/HOME is \/.*\/home, PROBE is set, user 1, machine 2/);
    await workbench.inlineAction(registry, 'Refresh', state);

    const deepDown = workbench.notification('Deep down').first();
    await workbench.contextMenu(workbench.treeItem('team/bundle'), ['More', 'Deep Down'], deepDown);

    await workbench.click(workbench.treeItem('team/bundle'), workbench.menuItem('Relocate…'), 'right');
    await workbench.step('menu');
    await workbench.closeMenu();
    await workbench.contextMenu(workbench.treeItem('team/bundle'), 'Relocate…', quickInput.step('Relocate (1/2)'));
    await quickInput.fill('nothing');
    await quickInput.message().getByText('A repository is needed').waitFor();
    await workbench.step('input');
    await quickInput.accept('there/bundle');
    await quickInput.at('Relocate (2/2)');
    await workbench.step('pick');
    await quickInput.pick('Copy and sign');

    await workbench.notification('blob 1 of 2').waitFor();
    await workbench.step('progress');
    const end = workbench.notification('Copy and sign to there/bundle');
    await workbench.notificationButton('Cancel', 'blob 1 of 2', end);
    await workbench.step('notification');
    await workbench.notificationButton('Create', 'Copy and sign', workbench.codeLens('Apply'));
    assert.equal(
      await workbench.editorText('untitled:'),
      Array.from({ length: 5 }, (_, line) => `key${line}: a  value`).join('\n'),
    );
    await workbench.step('document');
    const dialog = workbench.dialog('Apply to the cluster?');
    await workbench.clickLens('Apply', dialog);
    await dialog.getByText('One thing changes.').waitFor();
    await workbench.step('dialog');
    await workbench.answer(dialog, 'Apply');
    await workbench.notification('Answer: Apply').waitFor();
    await workbench.step('error');

    await workbench.openFile('a/b.yml');
    assert.match(await workbench.editorText('b.yml'), /^kind: B$/m);
    // The sides of a diff are editors of the same document, and have not its text.
    await workbench.runCommand('Probe: Compare', workbench.diff());
    assert.match(await workbench.editorText('b.yml'), /^kind: B$/m);
    await workbench.runCommand('Probe: Relocate…');
    await (await quickInput.at('Relocate (1/2)')).accept('second/time');
    await (await quickInput.at('Relocate (2/2)')).accept();
    const second = workbench.notification('to second/time');
    await workbench.notificationButton('Cancel', 'blob 1 of 2', second);
    await workbench.notificationButton('Copy Reference', 'to second/time', workbench.clipboardHas('second/time'));
    await workbench.theme('light');
    await workbench.step('light');

    await workbench.settings({ 'probe.user': 'changed' });
    await workbench.settings({ 'probe.machine': 'changed' }, 'machine');
    await workbench.inlineAction(registry, 'Refresh', workbench.statusBarItem('user changed, machine changed'));
    await workbench.step('settings');
    await workbench.reload();
    await workbench.openView('Probe');
    await workbench.treeItem('registry.example').waitFor();
  });
});
