// What VS Code shows, in words: so that a journey that failed on another machine can be understood from its log.
import type { Locator, Page } from 'playwright-core';

/** Time limit of reading one part of the window. */
const readMilliseconds = 2_000;
const mostEntries = 25;
const mostCharacters = 300;

/** The parts of the window, each read as its visible text, or as the accessible names of its rows. */
const PARTS: readonly { readonly name: string; readonly selector: string; readonly by?: 'aria-label' }[] = [
  { name: 'Quick input', selector: '.quick-input-widget' },
  { name: 'Dialog', selector: '.monaco-dialog-box' },
  { name: 'Notification', selector: '.notifications-toasts .notification-list-item' },
  { name: 'Menu', selector: '.monaco-menu [role="menuitem"]' },
  { name: 'Hover', selector: '.monaco-hover' },
  { name: 'Suggestions', selector: '.suggest-widget' },
  { name: 'Editor', selector: '.tabs-container .tab.active', by: 'aria-label' },
  { name: 'Lens', selector: '.codelens-decoration' },
  { name: 'View', selector: '.sidebar .pane-header, .sidebar .composite.title h2' },
  { name: 'Row', selector: '.sidebar [role="treeitem"]', by: 'aria-label' },
  { name: 'Problem', selector: '.markers-panel [role="treeitem"]', by: 'aria-label' },
  { name: 'Status bar', selector: '.statusbar-item[id*="carvel"]' },
];

/** @returns a line for each visible part, or why the page cannot be read */
export async function screenText(page: Page): Promise<string> {
  if (page.isClosed()) return '(the page is closed)';
  const parts = await Promise.all(
    PARTS.map(async ({ name, selector, by }) =>
      (await texts(page.locator(selector).filter({ visible: true }), by)).map((text) => `${name}: ${text}`),
    ),
  );
  const input = await page
    .locator('.quick-input-widget:visible .quick-input-box input')
    .inputValue({ timeout: 100 })
    .catch(() => undefined);
  const focus = await Promise.race([
    page.evaluate<string>(FOCUS).catch((error: unknown) => String(error)),
    page.waitForTimeout(readMilliseconds).then(() => '(the page does not respond)'),
  ]);
  return [...parts.flat(), ...(input === undefined ? [] : [`Typed: ${short(input)}`]), `Focus: ${short(focus)}`].join(
    '\n',
  );
}

const FOCUS = `(() => {
  const { activeElement: focused } = document;
  return [focused?.tagName, focused?.className, focused?.getAttribute('aria-label')].filter(Boolean).join(' ');
})()`;

async function texts(found: Locator, by: 'aria-label' | undefined): Promise<string[]> {
  const options = { timeout: readMilliseconds };
  const read = async (each: Locator): Promise<string> => {
    const text = by === undefined ? await each.innerText(options) : await each.getAttribute(by, options);
    const states = by === undefined ? '' : await stateOf(each);
    return short(text ?? '') + states;
  };
  const all = await found.all().catch(() => []);
  const lines = await Promise.all(all.slice(0, mostEntries).map((each) => read(each).catch(() => '(gone)')));
  return [
    ...lines.filter((line) => line !== ''),
    ...(all.length > mostEntries ? [`${all.length - mostEntries} more`] : []),
  ];
}

async function stateOf(row: Locator): Promise<string> {
  const expanded = await row.getAttribute('aria-expanded', { timeout: readMilliseconds });
  return expanded === null ? '' : expanded === 'true' ? ' (expanded)' : ' (collapsed)';
}

function short(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length > mostCharacters ? `${line.slice(0, mostCharacters)}…` : line;
}
