import type { Locator } from 'playwright-core';
import type { Workbench } from './workbench.ts';

/**
 * Scrolls the tree at the top of the side bar, which renders only visible nodes, until a node is rendered; -1 scrolls
 * up.
 */
export async function scrolledTo(workbench: Workbench, name: string, direction: 1 | -1 = 1): Promise<Locator> {
  const item = workbench.treeItem(name);
  await workbench.page.mouse.move(200, 250);
  for (let turn = 0; turn < 200 && !(await item.isVisible()); turn++) {
    await workbench.page.mouse.wheel(0, direction * 100);
    await workbench.page.evaluate('new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))');
  }
  await item.waitFor();
  return item;
}
