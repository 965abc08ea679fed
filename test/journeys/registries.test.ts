import { test } from 'node:test';

import { RawRepository } from '../support/raw-registry.ts';
import { startRegistry } from '../support/registry.ts';
import { startWithoutCatalog } from '../support/without-catalog.ts';
import { journey } from '../support/vscode/journey.ts';
import { gone } from '../support/vscode/until-seen.ts';

test('a large registry is shown in pages, and one without a catalog by the names of its repositories', async (context) => {
  const registry = await startRegistry();
  context.after(() => registry.stop());
  const silent = await startWithoutCatalog(registry.host);
  context.after(() => silent.stop());
  const tagged = new RawRepository(registry.host, 'aaa/tagged');
  const bundle = await tagged.pushBundle('1.0.0', []);
  const { json, mediaType } = await tagged.manifest(bundle);
  for (let minor = 1; minor < 60; minor++) await tagged.pushManifest(`1.${minor}.0`, json, mediaType);
  await tagged.pushManifest(`${bundle.replace(':', '-')}.imgpkg`, json, mediaType);
  for (let index = 0; index < 110; index++) {
    const name = `team/app-${String(index).padStart(3, '0')}`;
    await new RawRepository(registry.host, name).pushImage('1.0.0', [Buffer.from(name)]);
  }
  const settings = { 'carvelAirgap.registries': [{ host: registry.host }, { host: silent.host }] };

  await journey('registries', { machineSettings: settings }, async (workbench) => {
    const { quickInput } = workbench;
    await workbench.openView('Carvel Airgap');
    await workbench.expand(silent.host);
    await workbench.clickTreeItem('This registry cannot list its repositories', quickInput.widget);
    await quickInput.at('Add Repository');
    await quickInput.fill('Not a repository');
    await quickInput.message().getByText('repository can only contain the characters').waitFor();
    await workbench.step('add-repository');
    await quickInput.accept('aaa/tagged');
    await workbench.expand('aaa/tagged');
    await workbench.treeItem('1.59.0, bundle').waitFor();
    await workbench.rowShown('imgpkg and cosign tags, 1');
    await workbench.step('tags');

    const moreTags = await workbench.rowShown('Load More…');
    await workbench.click(moreTags, gone(moreTags));
    await workbench.rowShown('1.9.0, bundle');
    await workbench.step('more-tags');
    const added = await workbench.rowShown('aaa/tagged');
    await workbench.contextMenu(added, 'Remove Repository from List', gone(added));

    const remove = workbench.dialog(`Remove ${silent.host} from the list?`);
    await workbench.contextMenu(workbench.treeItem(silent.host), 'Remove Registry', remove);
    await workbench.answer(remove, 'Remove Registry');
    await workbench.treeItem(silent.host).waitFor({ state: 'detached' });
    await workbench.expand(registry.host);
    await workbench.treeItem('team/app-000').waitFor();
    const moreRepositories = await workbench.rowShown('Load More…');
    await workbench.step('repositories');
    await workbench.click(moreRepositories, gone(moreRepositories));
    await workbench.rowShown('team/app-109');
    await workbench.step('more-repositories');
    await workbench.theme('light');
    await workbench.step('light');

    await registry.stop();
    await workbench.runCommand('Airgap: Refresh Registries');
    await workbench.rowShown('Could not connect to');
    await workbench.rowShown('team/app-000');
    await workbench.step('gone');
  });
});
