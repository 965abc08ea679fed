import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import * as vscode from 'vscode';

import type { SavedContent } from '../../map/transfer-messages.ts';
import { html } from '../view/html.ts';
import type { Html } from '../view/html.ts';
import { PAGE_STYLE } from '../view/rendered-pages.ts';

/** A page to keep: a report and what it looks like, complete, so that it needs neither a network nor VS Code. */
export interface SavedPage extends SavedContent {
  /** Absent if the page is only about the map. */
  readonly report?: Html | undefined;
}

/**
 * The page that shows a map or a transfer. Without its content, it asks for it whenever VS Code loads it again.
 * @param dist the folder with the script and the styles
 */
export async function pageHtml(dist: string, title: string, saved?: SavedPage): Promise<string> {
  const read = (name: string) => readFile(join(dist, name), 'utf8');
  const [script, style, colors] = await Promise.all([
    read('map.js'),
    read('map-style.css'),
    saved === undefined ? '' : read('map-colors.css'),
  ]);
  const nonce = randomBytes(16).toString('hex');
  const policy = `default-src 'none'; style-src 'nonce-${nonce}'; script-src 'nonce-${nonce}'`;
  const head = html`<meta charset="utf-8" />
    <meta http-equiv="Content-Security-Policy" content="${policy}" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>${title}</title>`.text;
  // Nothing in it can end the element.
  const json = (content: SavedContent): string => JSON.stringify(content).replaceAll('<', String.raw`\u003c`);
  const body = saved === undefined ? '' : savedBody(saved, json);
  const ofReport = saved?.report === undefined ? '' : PAGE_STYLE;
  return `<!doctype html>
<html lang="${vscode.env.language}">
<head>${head}<style nonce="${nonce}">${colors}${ofReport}${style}</style></head>
<body>${body}<script nonce="${nonce}">${script}</script></body>
</html>
`;
}

function savedBody({ report, ...content }: SavedPage, json: (content: SavedContent) => string): string {
  const text = report === undefined ? '' : `<main class="saved"><article>${report.text}</article></main>`;
  return `${text}<script type="application/json" id="page">${json(content)}</script>`;
}
