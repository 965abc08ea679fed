// `node scripts/docs/icon.ts`: the gallery's icon, which has to be a PNG, from its drawing.
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

import { startBrowser } from '../../test/support/vscode/browser.ts';

/** Pixels; the gallery wants 128 at least, and twice that for sharp screens. */
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
