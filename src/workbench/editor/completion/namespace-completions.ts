import * as vscode from 'vscode';

import type { FoundDocument } from '../../../packaging/documents/find-documents.ts';
import type { ApplyTargets } from '../../clusters/apply-targets.ts';
import type { Clusters } from '../../clusters/clusters.ts';
import { textBefore } from './document-completion.ts';
import type { Completions, CompletionText } from './document-completion.ts';

const NAMESPACE = /^\s*(?:.*[{,]\s*)?namespace:\s*["']?([a-z0-9-]*)$/;

/**
 * Completes namespaces from the kubeconfig and, if the session with the target cluster is open and permits it, from the
 * cluster.
 */
export class NamespaceCompletions implements Completions {
  readonly changesWithText = false;
  readonly #clusters: Clusters;
  readonly #targets: ApplyTargets;

  constructor(clusters: Clusters, targets: ApplyTargets) {
    this.#clusters = clusters;
    this.#targets = targets;
  }

  typed(document: vscode.TextDocument, position: vscode.Position): string | undefined {
    return NAMESPACE.exec(textBefore(document, position))?.[1];
  }

  async items(_typed: string, { context: named }: FoundDocument): Promise<readonly CompletionText[]> {
    const { contexts } = await this.#clusters.kubeconfig();
    const context = this.#targets.knownFor(named);
    const session = context && this.#clusters.opened(context.name);
    const { signal } = new AbortController();
    // If the user may not list namespaces, those of the kubeconfig remain.
    const own = session === undefined ? [] : await session.namespaces(signal).catch((): readonly string[] => []);
    return [...new Set([...contexts.map(({ namespace }) => namespace), ...own])].map((name) =>
      Object.assign(new vscode.CompletionItem(name, vscode.CompletionItemKind.Value), { insertText: name }),
    );
  }
}
