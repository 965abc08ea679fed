import * as vscode from 'vscode';

import { printable } from '../../base/printable.ts';
import type { FoundValues } from '../../packaging/install/find-installs.ts';
import type { ValueSuggestion } from '../../packaging/install/values-view.ts';
import type { ValuesSchema } from '../../packaging/install/values-schema.ts';
import { asMarkdown } from '../../base/markdown.ts';
import type { InstallDocuments } from './install-documents.ts';
import type { ValuesSchemas } from './values-schemas.ts';

interface ValuesPlace {
  readonly values: FoundValues;
  readonly schema: ValuesSchema;
  /** In the text of the values. */
  readonly offset: number;
}

/** Explains and completes the values of a PackageInstall by the schema of its Package. */
export class ValuesHelp implements vscode.HoverProvider, vscode.CompletionItemProvider {
  readonly #documents: InstallDocuments;
  readonly #schemas: ValuesSchemas;

  constructor(documents: InstallDocuments, schemas: ValuesSchemas) {
    this.#documents = documents;
    this.#schemas = schemas;
  }

  async provideHover(document: vscode.TextDocument, position: vscode.Position): Promise<vscode.Hover | undefined> {
    const place = await this.#placeAt(document, position);
    if (place === undefined) return undefined;
    const { valueAt } = await import('../../packaging/install/values-view.ts');
    const { schemaAt } = await import('../../packaging/install/values-schema.ts');
    const { values, schema, offset } = place;
    const found = valueAt(values.text, offset);
    const own = found && schemaAt(schema, found.path);
    if (found === undefined || own === undefined) return undefined;
    const { pathText } = await import('../../packaging/install/check-values.ts');
    const [start, end] = [found.start, found.end].map((each) => document.positionAt(values.toOuter(each)));
    const range = start && end && new vscode.Range(start, end);
    return new vscode.Hover([plain(pathText(found.path)), ...(await explained(own))], range);
  }

  async provideCompletionItems(
    document: vscode.TextDocument,
    position: vscode.Position,
  ): Promise<vscode.CompletionItem[]> {
    const place = await this.#placeAt(document, position);
    if (place === undefined) return [];
    const { suggestions } = await import('../../packaging/install/values-view.ts');
    const { values, schema, offset } = place;
    return Promise.all(suggestions(values.text, offset, schema).map(suggestionItem));
  }

  async #placeAt(document: vscode.TextDocument, position: vscode.Position): Promise<ValuesPlace | undefined> {
    const outer = document.offsetAt(position);
    for (const install of await this.#documents.installs(document)) {
      const values = install.values.find(({ start, end }) => start <= outer && outer <= end);
      if (values === undefined) continue;
      const offset = values.toInner(outer);
      const schema = await this.#schemas.ask(install);
      return offset === undefined || schema === undefined ? undefined : { values, schema, offset };
    }
    return undefined;
  }
}

export async function suggestionItem(
  { text, schema, isKey, isRequired }: ValueSuggestion,
  index: number,
): Promise<vscode.CompletionItem> {
  const { factsOf } = await import('../../packaging/install/values-document.ts');
  const kind = isKey ? vscode.CompletionItemKind.Property : vscode.CompletionItemKind.Value;
  const item = new vscode.CompletionItem(printable(text, 200), kind);
  const isMapping = schema.properties.size > 0;
  item.insertText = isKey ? `${text}:${isMapping ? '' : ' '}` : text;
  item.detail = factsOf(schema, isRequired);
  item.documentation = (await explained(schema))[0] ?? '';
  item.sortText = `${isRequired ? 0 : 1}${String(index).padStart(4, '0')}`;
  return item;
}

/** The description and the facts of a value. Everything may come from a Package and is shown as it is. */
export async function explained(schema: ValuesSchema): Promise<vscode.MarkdownString[]> {
  const { factsOf } = await import('../../packaging/install/values-document.ts');
  const { shownValue } = await import('../../packaging/install/check-values.ts');
  const { description, title, example } = schema;
  const text = description ?? title;
  const parts = [
    ...(text === undefined ? [] : text.slice(0, 4000).split(/\r?\n/)),
    factsOf(schema),
    ...(example === undefined
      ? []
      : [vscode.l10n.t('Example: {0}', [example.description, shownValue(example.value)].filter(Boolean).join(': '))]),
  ];
  return parts.filter((part) => part.trim() !== '').map(plain);
}

export function plain(text: string): vscode.MarkdownString {
  return new vscode.MarkdownString(asMarkdown(printable(text, 4000)));
}
