// A registry with ten thousand repositories, and one with a hundred thousand tags: what is to be seen comes at once, the rest in
// the background or when it is asked for.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { type BigRegistry, bigRepository, newestTag, startBigRegistry } from '../support/big-registry.ts';
import { journey } from '../support/vscode/journey.ts';
import { gone } from '../support/vscode/until-seen.ts';

let registry: BigRegistry;

before(async () => {
  registry = await startBigRegistry();
});

after(async () => {
  await registry?.stop();
});

test('ten thousand repositories and a hundred thousand tags can be browsed', async (context) => {
  const machineSettings = { 'carvelAirgap.registries': [{ host: registry.host }] };
  await journey('large', { machineSettings }, async (workbench) => {
    const { quickInput, page } = workbench;
    const { asked } = registry;
    const since = (start: number): string => `${((performance.now() - start) / 1000).toFixed(1)} s`;
    await workbench.openView('Carvel Airgap');

    let start = performance.now();
    await workbench.expand(registry.host);
    await workbench.treeItem(bigRepository).waitFor();
    context.diagnostic(`first repositories: ${since(start)}`);
    assert.equal(asked.catalog, 1);
    assert.equal(asked.tags, 0);
    await workbench.step('repositories');

    // A list that comes slowly: some of it at once, and how much there is so far.
    registry.pace(200);
    start = performance.now();
    await workbench.expand(bigRepository);
    await workbench.treeItem(/^Reading the tags…, [\d.,]+ so far/).waitFor();
    await workbench.treeItem(/^v1\.\d+\.\d+/).waitFor();
    context.diagnostic(`first tags, 0.2 s a page: ${since(start)}`);
    await workbench.step('reading');
    assert.ok(asked.tags < 100, `${asked.tags} pages were read`);
    assert.equal(asked.manifests, 0);

    // Closed, it is not read any more; opened again, it continues where it was.
    const big = await workbench.collapse(bigRepository);
    await page.waitForTimeout(600);
    const stoppedAt = asked.tags;
    await page.waitForTimeout(1500);
    assert.equal(asked.tags, stoppedAt);
    registry.pace(0);
    start = performance.now();
    await workbench.expand(bigRepository);
    await workbench.treeItem(newestTag).waitFor();
    context.diagnostic(`the other ${100 - stoppedAt} pages: ${since(start)}`);
    assert.ok(asked.tags <= 102, `${asked.tags} pages were read`);
    await workbench.treeItem(`${newestTag}, image`).waitFor();
    assert.ok(asked.manifests <= 51, `${asked.manifests} manifests were asked for`);
    await workbench.step('all-tags');

    start = performance.now();
    await workbench.inlineAction(big, 'Filter…', quickInput.step(`Filter ${registry.host}/${bigRepository}`));
    await quickInput.accept('v1.7.7');
    await workbench.treeItem(/^Filter: v1\.7\.7, 11 of 100/).waitFor();
    context.diagnostic(`tags filtered: ${since(start)}`);
    await workbench.step('filtered-tags');

    start = performance.now();
    const filter = quickInput.step(`Filter ${registry.host}`);
    await workbench.inlineAction(workbench.treeItem(registry.host), 'Filter…', filter);
    await quickInput.accept('team 09999');
    await workbench.treeItem('team/app-09999').waitFor();
    context.diagnostic(`repositories filtered: ${since(start)}`);
    await workbench.step('filtered-repositories');
    const all = workbench.treeItem('team/app-00001');
    await workbench.inlineAction(workbench.treeItem('Filter: team 09999'), 'Remove Filter', all);
    const more = await workbench.rowShown('Load More…, 100 of 10,000 shown');
    await workbench.click(more, gone(more));
    await workbench.rowShown('team/app-00150');
    await workbench.step('more');
  });
});
