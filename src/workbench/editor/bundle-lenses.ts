import * as vscode from 'vscode';

import { AuditCommand } from '../../contract/audit.ts';
import { PackagingCommand } from '../../contract/packaging.ts';
import { RelocationCommand } from '../../contract/relocations.ts';
import { parseReference } from '../../oci/reference.ts';
import type { FoundDocument } from '../../packaging/documents/find-documents.ts';
import { attempt } from '../errors/attempt.ts';
import type { CarvelDocuments } from './carvel-documents.ts';

/** Above each PackageRepository and BundleLock: what can be done with the bundle that it names. */
export class BundleLenses implements vscode.CodeLensProvider {
  readonly #documents: CarvelDocuments;

  constructor(documents: CarvelDocuments) {
    this.#documents = documents;
  }

  async provideCodeLenses(document: vscode.TextDocument): Promise<vscode.CodeLens[]> {
    const found = await this.#documents.find(document);
    return found.flatMap((each) => {
      const { line } = each.place;
      const range = new vscode.Range(line, 0, line, 0);
      return commandsFor(each, document.uri.toString()).map((command) => new vscode.CodeLens(range, command));
    });
  }
}

function commandsFor({ kind, isBroken, view, place }: FoundDocument, uri: string): vscode.Command[] {
  if (isBroken || kind === 'ImagesLock') return [];
  const audit = { command: AuditCommand.audit, title: vscode.l10n.t('Audit'), arguments: [{ uri, line: place.line }] };
  const text =
    kind === 'BundleLock' ? view.text('bundle', 'image') : view.text('spec', 'fetch', 'imgpkgBundle', 'image');
  const reference = text && attempt(() => parseReference(text.value));
  if (reference === undefined) return [];
  if (kind === 'PackageRepository') return [audit];
  const tag = view.text('bundle', 'tag')?.value;
  const image = { ...reference, ...(tag === undefined ? {} : { tag }) };
  return [
    { command: RelocationCommand.relocate, title: vscode.l10n.t('Relocate…'), arguments: [image] },
    { command: PackagingCommand.create, title: vscode.l10n.t('Create PackageRepository'), arguments: [image] },
    audit,
  ];
}
