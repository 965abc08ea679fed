// The pages with a map or the throughput of a relocation, in the frame that VS Code shows them in.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

import type { Frame, Locator, Page } from 'playwright-core';

import type { Workbench } from './workbench.ts';

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** The document of the page, which is in a frame of its own. */
export async function frameOf(workbench: Workbench): Promise<Frame> {
  const handle = await workbench.page.frameLocator('iframe.webview.ready').locator('#active-frame').elementHandle();
  const frame = await handle?.contentFrame();
  assert.ok(frame);
  return frame;
}

/** The page in the colors of a theme. */
export function themed(workbench: Workbench, kind: string): Locator {
  return workbench.page
    .frameLocator('iframe.webview.ready')
    .frameLocator('#active-frame')
    .locator(`body.vscode-${kind}`);
}

/** What axe-core objects to in the page, with the elements. */
export async function violations(workbench: Workbench): Promise<readonly string[]> {
  return violationsIn(await frameOf(workbench));
}

/** The same for a page of its own. */
export async function violationsIn(frame: Frame | Page): Promise<readonly string[]> {
  await frame.evaluate(axe);
  const found = await frame.evaluate<{ violations: Violation[] }>('axe.run()');
  return found.violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html }) => html).join(' ')}`);
}

interface Violation {
  readonly id: string;
  readonly help: string;
  readonly nodes: readonly { readonly html: string }[];
}
