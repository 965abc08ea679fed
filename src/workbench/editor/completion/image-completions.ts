import * as vscode from 'vscode';

import type { FoundDocument } from '../../../packaging/documents/find-documents.ts';
import { preferring } from '../../registries/registry-role.ts';
import type { RegistryTree } from '../../registries/registry-tree.ts';
import type { RegistriesSetting } from '../../settings/registries-setting.ts';
import { textBefore } from './document-completion.ts';
import type { Completions, CompletionText } from './document-completion.ts';

/** Matches the key and the part of the value before the cursor. */
const IMAGE = /^\s*(?:-\s+)?(?:.*[{,]\s*)?(?:image|url):\s*["']?([^\s"'#,}]*)$/;

/** A registry as written in the document and as known here. */
export interface WrittenHost {
  readonly written: string;
  readonly here: string;
}

/** Completes image references from the listed registries. */
export class ImageCompletions implements Completions {
  readonly changesWithText = true;
  readonly #tree: RegistryTree;
  readonly #setting: Pick<RegistriesSetting, 'all' | 'clusterHost'>;

  constructor(tree: RegistryTree, setting: Pick<RegistriesSetting, 'all' | 'clusterHost'>) {
    this.#tree = tree;
    this.#setting = setting;
  }

  typed(document: vscode.TextDocument, position: vscode.Position): string | undefined {
    return IMAGE.exec(textBefore(document, position))?.[1];
  }

  items(typed: string, { kind }: FoundDocument): Promise<readonly CompletionText[]> {
    return referenceItems(this.#tree, this.#hosts(kind), typed);
  }

  /** In a PackageRepository, registries have the name that the cluster uses; in locks, the name that this machine uses. */
  #hosts(kind: FoundDocument['kind']): readonly WrittenHost[] {
    const isForCluster = kind === 'PackageRepository';
    // Clusters pull from the registries inside.
    return preferring(this.#setting.all(), 'inside').map(({ host: here }) => ({
      here,
      written: isForCluster ? this.#setting.clusterHost(here) : here,
    }));
  }
}

/**
 * Completes a reference step by step: the registry, its repositories as far as they are known, and the tags of one.
 * @param isRepository whether the reference ends with the repository
 */
export async function referenceItems(
  tree: RegistryTree,
  hosts: readonly WrittenHost[],
  typed: string,
  isRepository = false,
): Promise<readonly CompletionText[]> {
  const host = hosts.find(({ written }) => typed.startsWith(`${written}/`));
  if (host === undefined) return hosts.map(hostItem);
  const { written, here } = host;
  const colon = typed.indexOf(':', written.length + 1);
  if (colon >= 0) {
    const path = typed.slice(written.length + 1, colon);
    const { value } = await tree.tagList(here, path).get();
    return (value?.tags ?? []).map((tag, index) => {
      const made = item(tag, `${written}/${path}:${tag}`, vscode.CompletionItemKind.Constant);
      // Keeps the order of the view, newest first.
      return Object.assign(made, { sortText: String(index).padStart(6, '0') });
    });
  }
  const { value } = await tree.repositoryList(here).get();
  const paths = [...new Set([...tree.added(here), ...(value?.paths ?? [])])];
  const { Module } = vscode.CompletionItemKind;
  return paths.map((path) =>
    isRepository ? item(path, `${written}/${path}`, Module) : suggestAgain(item(path, `${written}/${path}:`, Module)),
  );
}

function hostItem({ written, here }: WrittenHost, index: number): CompletionText {
  const folder = item(written, `${written}/`, vscode.CompletionItemKind.Folder);
  const made = suggestAgain(Object.assign(folder, { sortText: String(index).padStart(6, '0') }));
  return written === here ? made : Object.assign(made, { detail: vscode.l10n.t('{0} for the cluster', here) });
}

function item(label: string, insertText: string, kind: vscode.CompletionItemKind): CompletionText {
  const made = new vscode.CompletionItem(label, kind);
  return Object.assign(made, { insertText });
}

/** The chosen item is only a part of the reference, so the next suggestions open immediately. */
function suggestAgain<Item extends vscode.CompletionItem>(made: Item): Item {
  return Object.assign(made, { command: { command: 'editor.action.triggerSuggest', title: '' } });
}
