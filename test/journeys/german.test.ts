// What the extension shows where German is the display language: its manifest's texts and those of its code.
import { test } from 'node:test';
import { journey } from '../support/vscode/journey.ts';

const yaml = `apiVersion: install.package.carvel.dev/v1alpha1
kind: PackageRepository
metadata:
  name: team
spec:
  fetch:
    imgpkgBundle:
      image: registry.example/team/packages:1.0.0
`;

test('views, dialogs and diagnostics are in German', async () => {
  await journey('german', { displayLanguage: 'de', workspace: { 'team.yml': yaml } }, async (workbench) => {
    await workbench.openView('Carvel Airgap');
    await workbench.page.getByText('Noch keine Registrys.').waitFor();
    await workbench.step('welcome');
    await workbench.openFile('team.yml');
    await workbench.page
      .getByText('install.package.carvel.dev/v1alpha1 wird nicht bedient: in packaging.carvel.dev/v1alpha1 ändern')
      .waitFor();
    await workbench.step('lens');
    await workbench.runCommand('Airgap: Registry hinzufügen…');
    await workbench.page.getByText('Host der Registry oder eine Referenz auf ein Image darin.').waitFor();
    await workbench.step('prompt');
  });
});
