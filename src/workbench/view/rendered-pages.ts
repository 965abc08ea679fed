import { randomBytes } from 'node:crypto';

import * as vscode from 'vscode';

import { html } from './html.ts';
import type { Html } from './html.ts';

export interface RenderedPage {
  /** Identifies the page: showing it again replaces its content. */
  readonly id: string;
  /** The title of the tab. */
  readonly title: string;
  readonly body: Html;
}

/** Read-only pages without scripts, in the colors of the theme. Their links may run the given commands. */
export class RenderedPages implements vscode.Disposable {
  readonly #viewType: string;
  readonly #commands: readonly string[];
  readonly #panels = new Map<string, vscode.WebviewPanel>();

  constructor(viewType: string, commands: readonly string[]) {
    this.#viewType = viewType;
    this.#commands = commands;
  }

  /** The id of the page in the active editor. */
  get active(): string | undefined {
    return [...this.#panels].find(([, { active }]) => active)?.[0];
  }

  show({ id, title, body }: RenderedPage): void {
    const panel = this.#panels.get(id) ?? this.#create(id, title);
    panel.title = title;
    panel.webview.html = pageText(title, body);
    panel.reveal();
  }

  dispose(): void {
    for (const panel of this.#panels.values()) panel.dispose();
  }

  #create(id: string, title: string): vscode.WebviewPanel {
    const panel = vscode.window.createWebviewPanel(this.#viewType, title, vscode.ViewColumn.Active, {
      ...pageOptions(this.#commands),
      enableFindWidget: true,
    });
    this.#panels.set(id, panel);
    panel.onDidDispose(() => this.#panels.delete(id));
    return panel;
  }
}

/** The options of a page without scripts whose links may run the given commands. */
export function pageOptions(commands: readonly string[]): vscode.WebviewOptions {
  return { enableScripts: false, enableCommandUris: commands, localResourceRoots: [] };
}

/** The style of reports. */
export const PAGE_STYLE = `
body { font-family: var(--vscode-font-family); font-size: var(--vscode-font-size); color: var(--vscode-foreground);
  line-height: 1.5; padding: 0.5em 1.5em 2em; max-width: 90em; overflow-wrap: anywhere; }
h1 { font-size: 1.6em; font-weight: 600; margin: 0.5em 0 0.2em; }
h2 { font-size: 1.2em; font-weight: 600; margin: 1.6em 0 0.4em; }
.lead { font-size: 1.1em; margin: 0.2em 0 0.8em; }
nav { display: flex; flex-wrap: wrap; gap: 0.4em; margin: 0.8em 0; }
a { color: var(--vscode-textLink-foreground); }
.action { color: var(--vscode-button-secondaryForeground, var(--vscode-foreground)); text-decoration: none;
  background: var(--vscode-button-secondaryBackground, transparent); padding: 0.2em 0.8em; border-radius: 2px;
  border: 1px solid var(--vscode-contrastBorder, var(--vscode-button-border, transparent)); }
.action:hover { background: var(--vscode-button-secondaryHoverBackground); }
.action:focus { outline: 1px solid var(--vscode-focusBorder); outline-offset: 2px; }
code { font-family: var(--vscode-editor-font-family); font-size: 0.95em; color: inherit; background: none; padding: 0; }
table { border-collapse: collapse; text-align: left; }
th, td { padding: 0.2em 1.2em 0.2em 0; vertical-align: top; }
th { font-weight: 600; white-space: nowrap; }
.list { width: 100%; }
.list td, .list th { border-bottom: 1px solid var(--vscode-panel-border, var(--vscode-contrastBorder, transparent)); }
.list tbody th { font-weight: normal; white-space: normal; min-width: 10em; }
.number { text-align: right; white-space: nowrap; }
.digest { display: inline-block; width: 19ch; overflow: hidden; text-overflow: ellipsis; white-space: nowrap;
  vertical-align: bottom; }
.bad { color: var(--vscode-errorForeground); }
.warning { color: var(--vscode-list-warningForeground); }
.quiet { color: var(--vscode-descriptionForeground); }
details pre { white-space: pre-wrap; margin: 0.3em 0; font-size: 0.95em; }
`;

/** The HTML of a page. */
export function pageText(title: string, body: Html): string {
  const nonce = randomBytes(16).toString('hex');
  const policy = `default-src 'none'; style-src 'nonce-${nonce}'`;
  return (
    html`<!doctype html>
<html lang="${vscode.env.language}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style nonce="${nonce}">`.text +
    `${PAGE_STYLE}</style>
</head>
${
  html`<body>
    ${body}
  </body>`.text
}
</html>`
  );
}
