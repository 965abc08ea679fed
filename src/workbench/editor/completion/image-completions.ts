import * as vscode from 'vscode';

import type { FoundDocument } from '../../../packaging/documents/find-documents.ts';
import type { RegistryTree } from '../../registries/registry-tree.ts';
import { textBefore } from './completions.ts';
import type { Completions, CompletionText } from './completions.ts';

/** What comes before the cursor: the key and what was typed of the value. */
const IMAGE = /^\s*(?:-\s+)?(?:.*[{,]\s*)?(?:image|url):\s*["']?([^\s"'#,}]*)$/;

/** A registry in a document, and here. */
interface Host {
  readonly written: string;
  readonly here: string;
}

/** Image references, from what listed registries have. */
export class ImageCompletions implements Completions {
  readonly changesWithText = true;
  readonly #tree: RegistryTree;
  readonly #clusterHost: (host: string) => string;

  /** @param clusterHost what a cluster calls a registry of ours */
  constructor(tree: RegistryTree, clusterHost: (host: string) => string) {
    this.#tree = tree;
    this.#clusterHost = clusterHost;
  }

  typed(document: vscode.TextDocument, position: vscode.Position): string | undefined {
    return IMAGE.exec(textBefore(document, position))?.[1];
  }

  async items(typed: string, { kind }: FoundDocument): Promise<readonly CompletionText[]> {
    const hosts = await this.#hosts(kind);
    const host = hosts.find(({ written }) => typed.startsWith(`${written}/`));
    if (host === undefined) return hosts.map(hostItem);
    const { written, here } = host;
    const colon = typed.indexOf(':', written.length + 1);
    if (colon >= 0) {
      const path = typed.slice(written.length + 1, colon);
      const { value } = await this.#tree.tagList(here, path).get();
      return (value?.tags ?? []).map((tag, index) => {
        const made = item(tag, `${written}/${path}:${tag}`, vscode.CompletionItemKind.Constant);
        // Newest first, as the view has them.
        return Object.assign(made, { sortText: String(index).padStart(6, '0') });
      });
    }
    const { value } = await this.#tree.repositoryList(here).get();
    const paths = [...new Set([...this.#tree.added(here), ...(value?.paths ?? [])])];
    return paths.map((path) => suggestAgain(item(path, `${written}/${path}:`, vscode.CompletionItemKind.Module)));
  }

  /** A cluster fetches what a PackageRepository names, so the registry has the cluster's name there; locks are for this machine. */
  async #hosts(kind: FoundDocument['kind']): Promise<readonly Host[]> {
    const hosts = (await this.#tree.children()).flatMap((node) => (node.kind === 'registry' ? [node.registry] : []));
    const isForCluster = kind === 'PackageRepository';
    return hosts.map((here) => ({ here, written: isForCluster ? this.#clusterHost(here) : here }));
  }
}

function hostItem({ written, here }: Host): CompletionText {
  const made = suggestAgain(item(written, `${written}/`, vscode.CompletionItemKind.Folder));
  return written === here ? made : Object.assign(made, { detail: vscode.l10n.t('{0} for the cluster', here) });
}

function item(label: string, insertText: string, kind: vscode.CompletionItemKind): CompletionText {
  const made = new vscode.CompletionItem(label, kind);
  return Object.assign(made, { insertText });
}

/** What was chosen is only a part: the next one is offered at once. */
function suggestAgain<Item extends vscode.CompletionItem>(made: Item): Item {
  return Object.assign(made, { command: { command: 'editor.action.triggerSuggest', title: '' } });
}
