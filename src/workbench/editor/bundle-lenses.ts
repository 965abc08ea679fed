import * as vscode from 'vscode';

import { AuditCommand } from '../../contract/audit.ts';
import { PackagingCommand } from '../../contract/packaging.ts';
import { RelocationCommand } from '../../contract/relocations.ts';
import type { ImageTarget } from '../../contract/targets.ts';
import { parseReference } from '../../oci/reference.ts';
import type { FoundDocument } from '../../packaging/documents/find-documents.ts';
import { tryOrUndefined } from '../../base/errors.ts';
import type { CarvelDocuments } from './carvel-documents.ts';

/** Lenses above each PackageRepository and BundleLock with the commands for its bundle. */
export class BundleLenses implements vscode.CodeLensProvider {
  readonly #documents: CarvelDocuments;
  readonly #hostOf: (clusterHost: string) => string;

  /** @param hostOf maps the host name that a cluster uses for a registry to the one used here */
  constructor(documents: CarvelDocuments, hostOf: (clusterHost: string) => string) {
    this.#documents = documents;
    this.#hostOf = hostOf;
  }

  async provideCodeLenses(document: vscode.TextDocument): Promise<vscode.CodeLens[]> {
    const found = await this.#documents.find(document);
    return found.flatMap((each) => {
      const { line } = each.place;
      const range = new vscode.Range(line, 0, line, 0);
      return commandsFor(each, document.uri, this.#hostOf).map((command) => new vscode.CodeLens(range, command));
    });
  }
}

function commandsFor(
  { kind, error, view, place }: FoundDocument,
  uri: vscode.Uri,
  hostOf: (clusterHost: string) => string,
): vscode.Command[] {
  if (error !== undefined) return [];
  const at = { uri: uri.toString(), line: place.line };
  const audit = { command: AuditCommand.audit, title: vscode.l10n.t('Audit'), arguments: [at] };
  if (kind === 'ImagesLock') return [...lockCommands(uri), audit];
  const text =
    kind === 'BundleLock' ? view.text('bundle', 'image') : view.text('spec', 'fetch', 'imgpkgBundle', 'image');
  const reference = text && tryOrUndefined(() => parseReference(text.value));
  if (reference === undefined) return [];
  const relocate = (image: ImageTarget): vscode.Command => ({
    command: RelocationCommand.relocate,
    title: vscode.l10n.t('Relocate…'),
    arguments: [image],
  });
  if (kind === 'PackageRepository') {
    const image = { ...reference, registry: hostOf(reference.registry) };
    // Without contacting the registry, the tag that a constraint selects is unknown.
    const hasTag = !view.has('spec', 'fetch', 'imgpkgBundle', 'tagSelection');
    return hasTag ? [relocate(image), audit] : [audit];
  }
  const tag = view.text('bundle', 'tag')?.value;
  const image = { ...reference, ...(tag === undefined ? {} : { tag }) };
  return [
    relocate(image),
    { command: PackagingCommand.create, title: vscode.l10n.t('Create PackageRepository'), arguments: [image] },
    audit,
  ];
}

/** An ImagesLock is relocated as a file. */
function lockCommands(uri: vscode.Uri): vscode.Command[] {
  if (!/^(?:file|vscode-remote)$/.test(uri.scheme)) return [];
  return [{ command: RelocationCommand.relocateLock, title: vscode.l10n.t('Relocate…'), arguments: [uri] }];
}
