import * as vscode from 'vscode';

import type { FoundDocument } from '../../packaging/documents/find-documents.ts';
import type { Clusters } from '../clusters/clusters.ts';
import type { RegistryTree } from '../registries/registry-tree.ts';
import type { CarvelDocuments } from './carvel-documents.ts';

/** What comes before the cursor: the key and what was typed of the value. */
const IMAGE = /^\s*(?:-\s+)?(?:.*[{,]\s*)?(?:image|url):\s*["']?([^\s"'#,}]*)$/;
const NAMESPACE = /^\s*(?:.*[{,]\s*)?namespace:\s*["']?([a-z0-9-]*)$/;

export interface CompletionParts {
  readonly documents: CarvelDocuments;
  readonly tree: RegistryTree;
  readonly clusters: Clusters;
}

/** Completes image references with what listed registries have, and namespaces with those that the kubeconfig names. */
export class ImageCompletion implements vscode.CompletionItemProvider {
  static readonly triggers = ['/', ':', ' ', '"'];
  readonly #parts: CompletionParts;

  constructor(parts: CompletionParts) {
    this.#parts = parts;
  }

  async provideCompletionItems(
    document: vscode.TextDocument,
    position: vscode.Position,
    token: vscode.CancellationToken,
  ): Promise<vscode.CompletionList | undefined> {
    const before = document.lineAt(position).text.slice(0, position.character);
    const [, image] = IMAGE.exec(before) ?? [];
    const [, namespace] = NAMESPACE.exec(before) ?? [];
    const typed = image ?? namespace;
    if (typed === undefined) return undefined;
    const at = document.offsetAt(position);
    const ours = (await this.#parts.documents.find(document)).find((each) => holds(each, at));
    if (ours === undefined || token.isCancellationRequested) return undefined;
    const range = new vscode.Range(position.translate(0, -typed.length), position);
    const items = image === undefined ? await this.#namespaces() : await this.#references(image);
    return new vscode.CompletionList(
      items.map((item) => Object.assign(item, { range, filterText: item.filterText ?? item.insertText })),
      true,
    );
  }

  async #references(typed: string): Promise<vscode.CompletionItem[]> {
    const { tree } = this.#parts;
    const hosts = (await tree.children()).flatMap((node) => (node.kind === 'registry' ? [node.registry] : []));
    const host = hosts.find((each) => typed.startsWith(`${each}/`));
    if (host === undefined) {
      return hosts.map((each) => again(item(each, `${each}/`, vscode.CompletionItemKind.Folder)));
    }
    const colon = typed.indexOf(':', host.length + 1);
    if (colon >= 0) {
      const path = typed.slice(host.length + 1, colon);
      const { value } = await tree.tagList(host, path).get();
      return (value?.tags ?? []).map((tag, index) => {
        const made = item(tag, `${host}/${path}:${tag}`, vscode.CompletionItemKind.Constant);
        // Newest first, as the view has them.
        return Object.assign(made, { sortText: String(index).padStart(6, '0') });
      });
    }
    const { value } = await tree.repositoryList(host).get();
    const paths = [...new Set([...tree.added(host), ...(value?.paths ?? [])])];
    return paths.map((path) => again(item(path, `${host}/${path}:`, vscode.CompletionItemKind.Module)));
  }

  async #namespaces(): Promise<vscode.CompletionItem[]> {
    const { contexts } = await this.#parts.clusters.kubeconfig();
    return [...new Set(contexts.map(({ namespace }) => namespace))].map((name) =>
      item(name, name, vscode.CompletionItemKind.Value),
    );
  }
}

function item(
  label: string,
  insertText: string,
  kind: vscode.CompletionItemKind,
): vscode.CompletionItem & { insertText: string } {
  const made = new vscode.CompletionItem(label, kind);
  return Object.assign(made, { insertText });
}

/** What was chosen is only a part: the next one is offered at once. */
function again<Item extends vscode.CompletionItem>(made: Item): Item {
  return Object.assign(made, { command: { command: 'editor.action.triggerSuggest', title: '' } });
}

function holds({ place }: FoundDocument, offset: number): boolean {
  return place.start <= offset && offset <= place.end;
}
