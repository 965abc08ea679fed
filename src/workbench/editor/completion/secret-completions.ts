import * as vscode from 'vscode';

import type { FoundDocument } from '../../../packaging/documents/find-documents.ts';
import type { ApplyTargets } from '../../clusters/apply-targets.ts';
import type { Clusters } from '../../clusters/clusters.ts';
import { textBefore } from './completions.ts';
import type { Completions, CompletionText } from './completions.ts';

const NAME = /^(\s*)(.*?)\bname:\s*["']?([a-z0-9.-]*)$/;
/** What `kubectl create secret docker-registry` and this extension make. */
const DOCKER = 'kubernetes.io/dockerconfigjson';
/** Those of service accounts, TLS and Helm are never a registry's credential. */
const USABLE = new Set([DOCKER, 'kubernetes.io/basic-auth', 'Opaque']);

/** What people made for registries first, what kapp-controller keeps for itself (reference/packaging-apis.md 2.2) last. */
function rankOf(name: string, type: string): number {
  if (/-fetch-\d+$/.test(name)) return 2;
  return type === DOCKER ? 0 : 1;
}

/** The Secrets that `secretRef` can name: those of the document's namespace, where its cluster was opened and lists them. */
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
    // The next line above that is indented less is what this belongs to.
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
    // Who may not list Secrets types the name.
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
