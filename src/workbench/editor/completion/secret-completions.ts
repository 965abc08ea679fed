import * as vscode from 'vscode';

import type { FoundDocument } from '../../../packaging/documents/find-documents.ts';
import type { ApplyTargets } from '../../clusters/apply-targets.ts';
import type { Clusters } from '../../clusters/clusters.ts';
import { textBefore } from './document-completion.ts';
import type { Completions, CompletionText } from './document-completion.ts';

const NAME = /^(\s*)(.*?)\bname:\s*["']?([a-z0-9.-]*)$/;
/** Created by `kubectl create secret docker-registry` and by this extension. */
const DOCKER = 'kubernetes.io/dockerconfigjson';
/** Secrets of service accounts, TLS and Helm never hold registry credentials. */
const USABLE = new Set([DOCKER, 'kubernetes.io/basic-auth', 'Opaque']);

/** Sorts registry credentials created by users first and placeholder Secrets, which controllers create, last. */
function rankOf(name: string, type: string): number {
  if (/-fetch-\d+$/.test(name)) return 2;
  return type === DOCKER ? 0 : 1;
}

/**
 * Completes `secretRef` with the Secrets in the document's namespace, if the session with its cluster is open and permits
 * it.
 */
export class SecretCompletions implements Completions {
  readonly changesWithText = false;
  readonly #clusters: Clusters;
  readonly #targets: ApplyTargets;

  constructor(clusters: Clusters, targets: ApplyTargets) {
    this.#clusters = clusters;
    this.#targets = targets;
  }

  typed(document: vscode.TextDocument, position: vscode.Position): string | undefined {
    const [, indent = '', before = '', typed] = NAME.exec(textBefore(document, position)) ?? [];
    if (typed === undefined) return undefined;
    if (before !== '') return /secretRef:\s*\{\s*$/.test(before) ? typed : undefined;
    // The parent is the nearest line above with less indentation.
    for (let line = position.line - 1; line >= 0; line--) {
      const { text } = document.lineAt(line);
      if (text.trim() === '' || text.search(/\S/) >= indent.length) continue;
      return /^\s*secretRef:\s*(?:#.*)?$/.test(text) ? typed : undefined;
    }
    return undefined;
  }

  async items(_typed: string, { view, context: named }: FoundDocument): Promise<readonly CompletionText[]> {
    await this.#targets.context();
    const context = this.#targets.knownFor(named);
    const session = context && this.#clusters.opened(context.name);
    if (context === undefined || session === undefined) return [];
    const namespace = view.text('metadata', 'namespace')?.value ?? context.namespace;
    const { signal } = new AbortController();
    // Users who may not list Secrets type the name.
    const secrets = await session.secrets(namespace, signal).catch(() => []);
    return secrets
      .filter(({ type }) => USABLE.has(type))
      .map(({ name, type }) =>
        Object.assign(new vscode.CompletionItem(name, vscode.CompletionItemKind.Value), {
          insertText: name,
          detail: vscode.l10n.t('{0} in {1}', type, `${context.name} / ${namespace}`),
          sortText: `${rankOf(name, type)}${name}`,
        }),
      );
  }
}
