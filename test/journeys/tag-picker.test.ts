// From the palette, in a repository with a hundred thousand tags on a slow registry: the first tags can be chosen at once.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { bigRepository, newestTag, startBigRegistry } from '../support/big-registry.ts';
import { journey } from '../support/vscode/journey.ts';

test('tags can be chosen while the others are still being read, and all of them afterwards', async (context) => {
  const registry = await startBigRegistry();
  context.after(() => registry.stop());
  const machineSettings = { 'carvelAirgap.registries': [{ host: registry.host, repositories: [bigRepository] }] };
  await journey('tag-picker', { machineSettings }, async (workbench) => {
    const { quickInput, page } = workbench;
    const { asked } = registry;
    registry.pace(300);
    await workbench.runCommand('Airgap: Relocate…');
    await quickInput.pick(registry.host);
    await quickInput.pick(bigRepository);
    await quickInput
      .option(/^v1\.\d+\.\d+/)
      .first()
      .waitFor();
    assert.ok(asked.tags < 100, `${asked.tags} pages were read`);
    assert.equal(await quickInput.option(newestTag).count(), 0);
    // That there is more to come is to be seen.
    await quickInput.widget.locator('.monaco-progress-container.active').waitFor();
    await workbench.step('first');
    const early =
      (await quickInput
        .option(/^v1\.\d+\.\d+/)
        .first()
        .getAttribute('aria-label')) ?? '';
    await quickInput.fill(early);
    await quickInput.pick(early);
    await quickInput.at('Destination repository');
    assert.ok(asked.tags < 100, `${asked.tags} pages were read`);
    await workbench.step('chosen');

    await quickInput.button('Back');
    await quickInput
      .option(/^v1\.\d+\.\d+/)
      .first()
      .waitFor();
    registry.pace(0);
    await quickInput.option(newestTag).first().waitFor();
    await quickInput.widget.locator('.monaco-progress-container.active').waitFor({ state: 'hidden' });
    assert.ok(asked.tags <= 102, `${asked.tags} pages were read`);
    await workbench.step('all');
    // One that is not among the newest is found by what is typed.
    await quickInput.fill('v1.7.7');
    await quickInput
      .option(/^v1\.7\.7$/)
      .first()
      .waitFor();
    await workbench.step('found');
    await page.keyboard.press('Escape');
  });
});
