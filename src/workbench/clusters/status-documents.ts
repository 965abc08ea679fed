import * as vscode from 'vscode';

import { isAbort } from '../../base/errors.ts';
import type { RepositoryObservation } from '../../cluster/api.ts';
import { statusScheme } from '../../contract/clusters.ts';
import type { PackageRepositoryTarget } from '../../contract/clusters.ts';
import { errorSentences } from '../errors/error-text.ts';
import type { DocumentHost } from '../view/hosts.ts';
import type { Clusters } from './clusters.ts';
import { statusText } from './status-text.ts';

interface Shown {
  readonly abort: AbortController;
  text: string;
}

/** Read-only documents with the complete state of a PackageRepository, updated from the cluster while they are open. */
export class StatusDocuments implements vscode.TextDocumentContentProvider, vscode.Disposable {
  readonly onDidChange: vscode.Event<vscode.Uri>;
  readonly #changes = new vscode.EventEmitter<vscode.Uri>();
  readonly #clusters: Clusters;
  readonly #shown = new Map<string, Shown>();
  readonly #disposables: vscode.Disposable[];

  constructor(host: DocumentHost, clusters: Clusters) {
    this.#clusters = clusters;
    this.onDidChange = this.#changes.event;
    this.#disposables = [
      this.#changes,
      host.serve(statusScheme, this),
      vscode.workspace.onDidCloseTextDocument(({ uri }) => this.#close(uri)),
    ];
  }

  async open({ context, namespace, name }: PackageRepositoryTarget): Promise<void> {
    const query = JSON.stringify([context, namespace, name]);
    const uri = vscode.Uri.from({ scheme: statusScheme, path: `/${vscode.l10n.t('Status of {0}', name)}`, query });
    const document = await vscode.workspace.openTextDocument(uri);
    await vscode.window.showTextDocument(document, { preview: true });
  }

  provideTextDocumentContent(uri: vscode.Uri): Promise<string> | string {
    const known = this.#shown.get(uri.toString());
    if (known !== undefined) return known.text;
    const [context, namespace, name] = JSON.parse(uri.query) as [string, string, string];
    return this.#follow(uri, { context, namespace, name });
  }

  dispose(): void {
    for (const { abort } of this.#shown.values()) abort.abort();
    for (const disposable of this.#disposables) disposable.dispose();
  }

  /** Resolves with the first text; later texts are announced as changes. */
  #follow(uri: vscode.Uri, target: PackageRepositoryTarget): Promise<string> {
    const shown: Shown = { abort: new AbortController(), text: '' };
    this.#shown.set(uri.toString(), shown);
    return new Promise((resolve) => {
      const show = (text: string): void => {
        if (shown.abort.signal.aborted || text === shown.text) return;
        shown.text = text;
        resolve(text);
        this.#changes.fire(uri);
      };
      void this.#watch(target, show, shown.abort.signal);
    });
  }

  async #watch(target: PackageRepositoryTarget, show: (text: string) => void, signal: AbortSignal): Promise<void> {
    const { context, namespace, name } = target;
    const onState = (seen: RepositoryObservation): void => {
      if (seen.kind === 'present') show(statusText(context, seen.repository, seen.state));
      else if (seen.kind === 'absent') show(vscode.l10n.t('There is no PackageRepository {0}/{1}.', namespace, name));
      else show(errorSentences(seen.problem.error));
    };
    try {
      const session = await this.#clusters.session(context);
      await session.watchPackageRepository(namespace, name, onState, signal);
    } catch (error) {
      if (!isAbort(error)) show(errorSentences(error));
    }
  }

  #close(uri: vscode.Uri): void {
    this.#shown.get(uri.toString())?.abort.abort();
    this.#shown.delete(uri.toString());
  }
}
