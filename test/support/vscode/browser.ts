// The browser that shows VS Code: headless Chromium, controlled by playwright-core.
import { chromium, type Browser } from 'playwright-core';
import { ensureChromium } from '../setup/vscode.mjs';

/** The process ends with the browser; close it in a `finally`. */
export async function startBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: await ensureChromium(),
    headless: true,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}
