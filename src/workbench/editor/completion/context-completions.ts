import * as vscode from 'vscode';

import type { Clusters } from '../../clusters/clusters.ts';
import { withoutIcons } from '../../text/formatting.ts';
import { textBefore } from './document-completion.ts';
import type { Completions, CompletionText } from './document-completion.ts';

const CONTEXT = /^#[ \t]*kube-context:[ \t]*(\S*)$/;

/** Completes kubeconfig contexts in the comment that names a document's context, without connecting to a cluster. */
export class ContextCompletions implements Completions {
  readonly changesWithText = false;
  readonly betweenDocuments = true;
  readonly #clusters: Clusters;

  constructor(clusters: Clusters) {
    this.#clusters = clusters;
  }

  typed(document: vscode.TextDocument, position: vscode.Position): string | undefined {
    return CONTEXT.exec(textBefore(document, position))?.[1];
  }

  async items(): Promise<readonly CompletionText[]> {
    const { contexts } = await this.#clusters.kubeconfig();
    return contexts.map(({ name, server = '', namespace }) =>
      Object.assign(new vscode.CompletionItem(withoutIcons(name), vscode.CompletionItemKind.Value), {
        insertText: name,
        detail: `${server} / ${namespace}`,
      }),
    );
  }
}
