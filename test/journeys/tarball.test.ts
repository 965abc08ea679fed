import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';

import { fixtureDigest, fixtureTags, fixtureTar } from '../support/fixture.ts';
import { RawRepository } from '../support/raw-registry.ts';
import { startRegistry } from '../support/registry.ts';
import { journey } from '../support/vscode/journey.ts';

test('a tarball is imported from the Explorer, and a tag that would move needs confirmation', async (context) => {
  const registry = await startRegistry();
  context.after(() => registry.stop());
  const other = new RawRepository(registry.host, 'other');
  const moved = await other.pushBundle('v1.0.0', []);
  const target = new RawRepository(registry.host, 'mirror/example');
  const imported = `${registry.host}/mirror/example`;

  await journey(
    'tarball',
    { workspace: { 'bundles/example-packages.tar': await readFile(fixtureTar) } },
    async (workbench) => {
      const { quickInput } = workbench;
      await workbench.openView('Carvel Airgap');
      // The button of the empty view goes as soon as the tarball of the workspace is found.
      await workbench.runCommand('Airgap: Add Registry…');
      await quickInput.fill('https://no such host');
      await quickInput.message().getByText('the registry must be a host or host:port, without a path').waitFor();
      await workbench.step('not-a-host');
      await quickInput.accept(`http://${registry.host}/`);
      await quickInput.pick('Neither');
      await workbench.expand(registry.host);
      await workbench.treeItem('other').waitFor();
      await workbench.step('added');

      await workbench.openView('Explorer');
      await workbench.expand('bundles');
      const suggested = quickInput.option(`${registry.host}/example-packages`).first();
      await workbench.contextMenu(workbench.treeItem('example-packages.tar'), 'Import Tarball…', suggested);
      await quickInput.fill('mirror/example');
      await quickInput.option(imported).waitFor();
      await workbench.step('destination');
      await quickInput.accept();
      const plan = workbench.dialog('Import example-packages.tar');
      await plan.getByText('Images: 5 to copy').waitFor();
      await workbench.step('plan');
      await workbench.answer(plan, 'Import');
      const isCopied = workbench.clipboardHas(`${imported}@${fixtureDigest}`);
      await workbench.notificationButton('Copy Reference', '5 of 5 images copied', isCopied);
      assert.equal((await target.tags()).get('v1.0.0'), (await fixtureTags()).get('v1.0.0'));

      await workbench.openView('Carvel Airgap');
      // Not the relocation, whose row names it too and may be drawn sooner.
      await workbench.expand(/^mirror\/example/);
      await workbench.treeItem('v1.0.0, bundle').waitFor();
      await workbench.runCommand('Airgap: Relocate…');
      await quickInput.pick(registry.host);
      await quickInput.pick(/^other/);
      await quickInput.pick(/^v1\.0\.0/);
      await quickInput.at('Destination repository');
      await quickInput.accept(imported);
      const move = workbench.dialog(`The tag v1.0.0 in ${imported} points to a different image`);
      await move.getByText('Tag v1.0.0 will move: 21efc89e5df8 → ').waitFor();
      await workbench.step('tag-would-move');
      await workbench.answer(move, 'Cancel');
      assert.equal(await target.digest('v1.0.0'), fixtureDigest);

      await workbench.runCommand('Airgap: Relocate…');
      await quickInput.accept(`${registry.host}/other:v1.0.0`);
      await quickInput.at('Destination repository');
      await quickInput.accept(imported);
      await workbench.answer(move, 'Relocate and Move Tag');
      await workbench.notification(/images? copied/).waitFor();
      assert.equal(await target.digest('v1.0.0'), moved);
      await workbench.treeItem('v1.0.0').getByText(moved.slice(7, 19)).waitFor();
      await workbench.step('moved');
    },
  );
});
