import { errors } from 'playwright-core';
import type { Locator, Page } from 'playwright-core';

/** Scrolls the trees of the side bar, which render only visible nodes, until one is rendered. */
export async function scrolledTo(page: Page, item: Locator): Promise<Locator> {
  const end = performance.now() + 120_000;
  while (!(await item.isVisible())) {
    if (performance.now() > end) throw new errors.TimeoutError(`no tree of the side bar has ${item.toString()}`);
    for (const tree of await page.locator('.sidebar .monaco-list:visible').all()) await searchTree(page, tree, item);
    await page.waitForTimeout(100);
  }
  return item;
}

async function searchTree(page: Page, tree: Locator, item: Locator): Promise<void> {
  // The list of trees is not the one that it was, while the side bar is filled.
  const box = await tree.boundingBox({ timeout: 1000 }).catch(() => null);
  if (box === null || (await item.isVisible())) return;
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  // First what is below, because a list is often read from its top.
  for (const direction of [1, -1]) {
    let before: number | undefined;
    for (let first = await firstRow(tree); first !== before;) {
      before = first;
      await page.mouse.wheel(0, direction * Math.max(22, box.height - 44));
      // At its end, the list does not move; before, the wheel takes effect a few frames later.
      for (let frames = 0; frames < 30 && (first = await firstRow(tree)) === before; frames++) {
        if (await item.isVisible()) return;
        await page.evaluate('new Promise((drawn) => requestAnimationFrame(drawn))');
      }
      if (await item.isVisible()) return;
    }
  }
}

/** The index of the uppermost row; the rows that stay at the top of a scrolled tree do not count. */
async function firstRow(tree: Locator): Promise<number> {
  const indexes = await tree
    .locator('.monaco-list-rows > .monaco-list-row')
    .evaluateAll((rows: { getAttribute: (name: string) => string | null }[]) =>
      rows.map((row) => Number(row.getAttribute('data-index'))),
    );
  return Math.min(...indexes);
}
