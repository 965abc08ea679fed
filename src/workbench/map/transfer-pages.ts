import * as vscode from 'vscode';

import { Coalescer } from '../../base/coalescer.ts';
import { throughputView } from '../../contract/map.ts';
import { parseTransferRequest } from '../../map/transfer-messages.ts';
import type { TransferReply } from '../../map/transfer-messages.ts';
import { isActive } from '../relocations/list/record.ts';
import type { Relocations } from '../relocations/list/relocations.ts';
import { followBandwidthLimit, setBandwidthLimit } from '../settings/transfer-settings.ts';
import { pageHtml } from './page-html.ts';
import { actionsFor, transferPage, transferState } from './transfer-state.ts';

/** Milliseconds between two updates of a page. */
const INTERVAL = 500;
/** Milliseconds between two updates while nothing is transferred, so that the time advances. */
const TICK = 1000;

/** The pages that show what relocations transfer. A hidden page is not updated. */
export class TransferPages implements vscode.Disposable {
  readonly #dist: string;
  readonly #relocations: Relocations;
  readonly #panels = new Map<string, vscode.WebviewPanel>();
  readonly #changes = new Coalescer<string>((ids) => ids.forEach((id) => this.#update(id)), INTERVAL, {
    leading: true,
  });
  readonly #disposables: vscode.Disposable[];
  #timer: NodeJS.Timeout | undefined;

  /** @param dist the folder with the script and the styles */
  constructor(dist: string, relocations: Relocations) {
    this.#dist = dist;
    this.#relocations = relocations;
    const all = (): void => [...this.#panels.keys()].forEach((id) => this.#changes.add(id));
    this.#disposables = [
      relocations.onDidChange((id) => {
        if (id === undefined) all();
        else if (this.#panels.has(id)) this.#changes.add(id);
      }),
      followBandwidthLimit(all),
      this.#changes,
    ];
  }

  /** @param id of a relocation */
  async show(id: string): Promise<void> {
    const relocation = this.#relocations.get(id);
    const known = this.#panels.get(id);
    if (known !== undefined) return known.reveal();
    if (relocation === undefined) return;
    const title = vscode.l10n.t('Throughput of {0}', relocation.record.name);
    const options = { enableScripts: true, localResourceRoots: [] };
    const panel = vscode.window.createWebviewPanel(throughputView, title, vscode.ViewColumn.Active, options);
    this.#panels.set(id, panel);
    panel.onDidDispose(() => this.#panels.delete(id));
    panel.webview.onDidReceiveMessage((message: unknown) => void this.#answer(id, message));
    panel.webview.html = await pageHtml(this.#dist, title);
    this.#timer ??= setInterval(() => this.#tick(), TICK);
  }

  dispose(): void {
    clearInterval(this.#timer);
    this.#disposables.forEach((each) => each.dispose());
    for (const panel of this.#panels.values()) panel.dispose();
  }

  #tick(): void {
    for (const id of this.#panels.keys()) {
      const state = this.#relocations.get(id)?.record.state;
      if (state !== undefined && isActive(state)) this.#changes.add(id);
    }
    if (this.#panels.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #update(id: string): void {
    const relocation = this.#relocations.get(id);
    const panel = this.#panels.get(id);
    // VS Code loads a page again when it becomes visible, and it then asks for its content.
    if (relocation === undefined || panel?.visible !== true) return;
    void send(panel, { kind: 'transfer', state: transferState(relocation) });
  }

  async #answer(id: string, message: unknown): Promise<void> {
    const request = parseTransferRequest(message);
    const [relocation, panel] = [this.#relocations.get(id), this.#panels.get(id)];
    if (request === undefined || relocation === undefined || panel === undefined) return;
    if (request.kind === 'limit') return setBandwidthLimit(request.mib === 0 ? undefined : request.mib);
    if (request.kind === 'ready') {
      const [page, state] = [transferPage(relocation.record), transferState(relocation)];
      return send(panel, { kind: 'showTransfer', page, state });
    }
    // A page can only ask for what it was offered.
    const chosen = actionsFor(relocation).find(({ command }) => command === request.action);
    const args: readonly unknown[] = chosen?.arguments ?? [];
    if (chosen !== undefined) await vscode.commands.executeCommand(chosen.command, ...args);
  }
}

async function send({ webview }: vscode.WebviewPanel, reply: TransferReply): Promise<void> {
  await webview.postMessage(reply);
}
