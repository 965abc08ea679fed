import { join } from 'node:path';

import * as vscode from 'vscode';

import { homeFolder } from '../../base/home-folder.ts';
import { writeOutput } from '../../base/output-file.ts';
import { mapView } from '../../contract/map.ts';
import type { MapItem } from '../../map/map-data.ts';
import { parseMapRequest } from '../../map/map-messages.ts';
import type { MapAction, MapFinding, MapPage, MapReply, MapRequest } from '../../map/map-messages.ts';
import { mapKinds, mapTexts } from './map-texts.ts';
import { pageHtml } from './page-html.ts';
import type { SavedPage } from './page-html.ts';

/** A map, and what can be done with its items. */
export interface ShownMap extends Pick<MapPage, 'title' | 'summary' | 'map' | 'states'> {
  /** Identifies the page: showing it again replaces its content. */
  readonly id: string;
  /** What a saved page contains besides the map. */
  readonly saved?: () => Pick<SavedPage, 'report' | 'throughput'>;
  readonly actionsOf: (item: MapItem) => readonly vscode.Command[];
  readonly findings: readonly (Omit<MapFinding, 'actions'> & { readonly actions: readonly vscode.Command[] })[];
}

/** The pages with maps. A page can only ask for the actions that it was offered. */
export class MapPages implements vscode.Disposable {
  /** The folder with the script and the styles. */
  readonly #dist: string;
  readonly #panels = new Map<string, { readonly panel: vscode.WebviewPanel; map: ShownMap }>();

  constructor(dist: string) {
    this.#dist = dist;
  }

  async show(map: ShownMap): Promise<void> {
    const known = this.#panels.get(map.id);
    if (known !== undefined) {
      known.map = map;
      known.panel.reveal();
      await send(known.panel.webview, { kind: 'show', page: pageOf(map) });
      return;
    }
    const title = vscode.l10n.t('Map of {0}', map.title);
    const options = { enableScripts: true, localResourceRoots: [] };
    const panel = vscode.window.createWebviewPanel(mapView, title, vscode.ViewColumn.Active, options);
    const shown = { panel, map };
    this.#panels.set(map.id, shown);
    panel.onDidDispose(() => this.#panels.delete(map.id));
    panel.webview.onDidReceiveMessage((message: unknown) => {
      const request = parseMapRequest(message);
      if (request !== undefined) void answer(panel.webview, shown.map, request);
    });
    panel.webview.html = await pageHtml(this.#dist, title);
  }

  dispose(): void {
    for (const { panel } of this.#panels.values()) panel.dispose();
  }

  /** The map in the active editor. */
  get active(): ShownMap | undefined {
    return [...this.#panels.values()].find(({ panel }) => panel.active)?.map;
  }

  /** Saves a map, and the report that it is of, as a page that needs neither a network nor VS Code. */
  async save(map: ShownMap): Promise<void> {
    const { title, saved } = map;
    const folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? homeFolder(process.env) ?? '/';
    const name = `${title.replaceAll(/[^A-Za-z0-9._-]+/g, '-')}-${saved === undefined ? 'map' : 'report'}.html`;
    const file = await vscode.window.showSaveDialog({
      title: vscode.l10n.t('Save {0} as HTML', title),
      saveLabel: vscode.l10n.t('Save'),
      filters: { HTML: ['html'] },
      defaultUri: vscode.Uri.file(join(folder, name)),
    });
    if (file?.scheme !== 'file') return;
    const page = { map: withoutActions(pageOf(map)), ...saved?.() };
    await writeOutput(file.fsPath, await pageHtml(this.#dist, title, page));
  }
}

function withoutActions(page: MapPage): MapPage {
  return { ...page, findings: page.findings.map((finding) => ({ ...finding, actions: [] })) };
}

function pageOf({ title, summary, map, states, findings }: ShownMap): MapPage {
  const shown = findings.map((finding) => ({ ...finding, actions: offered(finding.actions) }));
  return { title, summary, map, states, findings: shown, kinds: mapKinds(), texts: mapTexts() };
}

function offered(commands: readonly vscode.Command[]): MapAction[] {
  return commands.map(({ command, title }) => ({ id: command, title }));
}

async function answer(webview: vscode.Webview, map: ShownMap, request: MapRequest): Promise<void> {
  if (request.kind === 'ready') return send(webview, { kind: 'show', page: pageOf(map) });
  if (request.kind === 'remedy') return run(map.findings[request.finding]?.actions, request.action);
  const item = map.map.items[request.item];
  const commands = item === undefined ? [] : map.actionsOf(item);
  if (request.kind === 'act') return run(commands, request.action);
  return send(webview, { kind: 'actions', item: request.item, actions: offered(commands) });
}

async function run(commands: readonly vscode.Command[] = [], id: string): Promise<void> {
  const chosen = commands.find(({ command }) => command === id);
  const args: readonly unknown[] = chosen?.arguments ?? [];
  if (chosen !== undefined) await vscode.commands.executeCommand(chosen.command, ...args);
}

async function send(webview: vscode.Webview, reply: MapReply): Promise<void> {
  await webview.postMessage(reply);
}
