import { test } from 'node:test';
import { journey } from '../support/vscode/journey.ts';

test('the packaged extension is installed and shown among the installed extensions', () =>
  journey('smoke', { workspace: { 'notes.yml': '# an empty page\nkind: Nothing\n' } }, async (workbench) => {
    await workbench.openFile('notes.yml');
    await workbench.step('file');
    await workbench.runCommand('Extensions: Show Installed Extensions');
    await workbench.page.getByText('Carvel Airgap', { exact: true }).first().waitFor();
    await workbench.step('installed-dark');
    await workbench.theme('light');
    await workbench.step('installed-light');
  }));
