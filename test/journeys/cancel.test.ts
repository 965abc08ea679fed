import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';

import { RawRepository } from '../support/raw-registry.ts';
import { startRegistry } from '../support/registry.ts';
import { startSlowProxy } from '../support/slow-proxy.ts';
import { journey } from '../support/vscode/journey.ts';
import { gone } from '../support/vscode/until-seen.ts';

const megabyte = 1_000_000;

test('Cancel stops a relocation without further notifications, and leaves no user tag and no locations', async (context) => {
  const source = await startRegistry();
  context.after(() => source.stop());
  const destination = await startRegistry();
  context.after(() => destination.stop());
  const slow = await startSlowProxy(source.host, megabyte / 4);
  context.after(() => slow.stop());
  const repository = new RawRepository(source.host, 'big');
  const image = await repository.pushImage('image', [randomBytes(40 * megabyte)]);
  await repository.pushBundle('1.0.0', [`${slow.host}/big@${image}`]);
  const registries = [{ host: slow.host, repositories: ['big'] }, { host: destination.host }];

  await journey('cancel', { machineSettings: { 'carvelAirgap.registries': registries } }, async (workbench) => {
    await workbench.openView('Carvel Airgap');
    await workbench.expand(slow.host);
    await workbench.expand('big');
    const row = workbench.treeItem(/^1\.0\.0, bundle/);
    await workbench.contextMenu(row, 'Relocate…', workbench.quickInput.step('Destination repository'));
    await workbench.quickInput.pick(`${destination.host}/big`);
    const plan = workbench.dialog('Relocate big:1.0.0');
    await plan.getByText('Data: 40').waitFor();
    await workbench.answer(plan, 'Relocate');
    const progress = workbench.notification(/Relocating big:1\.0\.0.*MB of 40.*B\/s.*left/);
    await progress.waitFor();
    await workbench.step('progress');

    await workbench.contextMenu(row, 'Relocate…', workbench.quickInput.step('Destination repository'));
    await workbench.quickInput.pick(`${destination.host}/big`);
    await workbench.notification('is already being relocated to').waitFor();
    await workbench.step('already-running');

    await workbench.notificationButton('Cancel', 'Relocating big:1.0.0', gone(progress));
    await workbench.runCommand(
      'Airgap: Show Log',
      workbench.page.locator('.panel').getByText('Relocate big:1.0.0').first(),
    );
    await workbench.step('cancelled');
    assert.equal(await workbench.notification('failed').count(), 0);
    const tags = [...(await new RawRepository(destination.host, 'big').tags()).keys()];
    // An image that is complete keeps the tag that holds it; nothing points at what is not complete.
    assert.deepEqual(
      tags.filter((tag) => !/^sha256-[0-9a-f]{64}\.imgpkg$/.test(tag)),
      [],
    );
  });
});
