// `node scripts/docs/icon.ts`: renders the icon's SVG as a PNG, which the gallery requires.
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

import { startBrowser } from '../../test/support/vscode/browser.ts';

/** Pixels; the gallery requires at least 128, and sharp screens twice that. */
const SIZE = 256;

const drawing = await readFile(new URL('icon.svg', import.meta.url), 'utf8');
const browser = await startBrowser();
try {
  const page = await browser.newPage({ viewport: { width: SIZE, height: SIZE } });
  await page.setContent(`<style>body { margin: 0 } svg { display: block }</style>${drawing}`);
  const path = fileURLToPath(new URL('../../media/icon.png', import.meta.url));
  await page.screenshot({ path, omitBackground: true });
} finally {
  await browser.close();
}
