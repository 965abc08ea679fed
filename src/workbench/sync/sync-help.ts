import * as vscode from 'vscode';

import type { ValuesSchema } from '../../packaging/install/values-schema.ts';
import { textBefore } from '../editor/completion/document-completion.ts';
import { referenceItems } from '../editor/completion/image-completions.ts';
import { explained, plain, suggestionItem } from '../installs/values-help.ts';
import { preferring } from '../registries/registry-role.ts';
import type { RegistryTree } from '../registries/registry-tree.ts';
import type { RegistriesSetting } from '../settings/registries-setting.ts';
import { isSync } from './sync-documents.ts';

/** The key of a source, and what of its value precedes the cursor. */
const SOURCE = /^\s*(?:-\s+)?(?:.*[{,]\s*)?(?:bundle|image):\s+["']?([^\s"'#,}]*)$/;
const DESTINATION = /^\s*(?:-\s+)?(?:.*[{,]\s*)?destinations:\s+\[(?:[^\]]*,)?\s*["']?([^\s"'#,\]]*)$/;
const ITEM = /^(\s*)-\s+["']?([^\s"'#,:]*(?::\d[^\s"'#,:]*)?)$/;

/** Explains and completes files of kind Sync by their schema, and completes references from the listed registries. */
export class SyncHelp implements vscode.HoverProvider, vscode.CompletionItemProvider {
  static readonly triggers = ['/', ':', ' ', '"'];
  readonly #tree: RegistryTree;
  readonly #setting: Pick<RegistriesSetting, 'all'>;
  #schema: Promise<ValuesSchema> | undefined;

  constructor(tree: RegistryTree, setting: Pick<RegistriesSetting, 'all'>) {
    this.#tree = tree;
    this.#setting = setting;
  }

  async provideHover(document: vscode.TextDocument, position: vscode.Position): Promise<vscode.Hover | undefined> {
    if (!isSync(document)) return undefined;
    const [{ valueAt }, { schemaAt }] = [
      await import('../../packaging/install/values-view.ts'),
      await import('../../packaging/install/values-schema.ts'),
    ];
    const found = valueAt(document.getText().replaceAll('\r\n', ' \n'), document.offsetAt(position));
    const range = found && new vscode.Range(document.positionAt(found.start), document.positionAt(found.end));
    if (found === undefined || range?.contains(position) !== true) return undefined;
    const own = schemaAt(await this.#ownSchema(), found.path);
    return own && new vscode.Hover([plain(String(found.path.at(-1))), ...(await explained(own))], range);
  }

  async provideCompletionItems(
    document: vscode.TextDocument,
    position: vscode.Position,
  ): Promise<vscode.CompletionList | undefined> {
    if (!isSync(document)) return undefined;
    const before = textBefore(document, position);
    const source = SOURCE.exec(before)?.[1];
    if (source !== undefined) return this.#references(source, position, 'source');
    const destination = DESTINATION.exec(before)?.[1] ?? typedDestination(document, position.line, before);
    if (destination !== undefined) return this.#references(destination, position, 'inside');
    const { suggestions } = await import('../../packaging/install/values-view.ts');
    const text = document.getText().replaceAll('\r\n', ' \n');
    const found = suggestions(text, document.offsetAt(position), await this.#ownSchema());
    const typed = /[^\s"':]*$/.exec(before)?.[0] ?? '';
    const range = new vscode.Range(position.translate(0, -typed.length), position);
    const items = await Promise.all(
      found.map(async (each, index) => {
        const item = Object.assign(await suggestionItem(each, index), { range });
        const { type, properties } = each.schema;
        if (!each.isKey) return item;
        // What belongs to the key starts in a line of its own.
        if (type === 'array') item.insertText = new vscode.SnippetString(`${each.text}:\n  - $0`);
        else if (properties.size > 0) item.insertText = new vscode.SnippetString(`${each.text}:\n  $0`);
        return item;
      }),
    );
    return new vscode.CompletionList(items, false);
  }

  async #references(
    typed: string,
    position: vscode.Position,
    role: 'source' | 'inside',
  ): Promise<vscode.CompletionList> {
    const hosts = preferring(this.#setting.all(), role).map(({ host }) => ({ written: host, here: host }));
    const items = await referenceItems(this.#tree, hosts, typed, role === 'inside');
    const range = new vscode.Range(position.translate(0, -typed.length), position);
    return new vscode.CompletionList(
      items.map((item) => Object.assign(item, { range, filterText: item.insertText })),
      true,
    );
  }

  #ownSchema(): Promise<ValuesSchema> {
    this.#schema ??= import('../../sync/sync-schema.ts').then(({ syncValuesSchema }) => syncValuesSchema());
    return this.#schema;
  }
}

/** What is typed of an item of `destinations`; undefined if the line is something else. */
function typedDestination(document: vscode.TextDocument, line: number, before: string): string | undefined {
  const [, indent = '', typed] = ITEM.exec(before) ?? [];
  if (typed === undefined) return undefined;
  for (let at = line - 1; at >= 0; at--) {
    const { text } = document.lineAt(at);
    if (/^\s*(?:#.*)?$/.test(text)) continue;
    const isSibling = /^\s*-\s/.test(text) && /^\s*/.exec(text)?.[0].length === indent.length;
    if (!isSibling) return /^\s*(?:-\s+)?destinations:\s*(?:#.*)?$/.test(text) ? typed : undefined;
  }
  return undefined;
}
