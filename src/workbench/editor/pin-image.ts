import * as vscode from 'vscode';

import type { TextOffset } from '../../contract/editor.ts';
import { formatReference, parseReference } from '../../oci/reference.ts';
import type { FoundImageText } from '../../packaging/documents/find-documents.ts';
import { workbenchError } from '../errors/workbench-error.ts';
import { withProgress } from '../progress.ts';
import type { RegistryReader } from '../registries/registry-reader.ts';
import type { CarvelDocuments } from './carvel-documents.ts';
import { rangeOf } from './carvel-documents.ts';

export interface PinImageParts {
  readonly documents: CarvelDocuments;
  readonly reader: Pick<RegistryReader, 'artifact'>;
  /** Maps the host name that a cluster uses for a registry to the one used here. */
  readonly hostOf: (clusterHost: string) => string;
}

/** Replaces the tag of an image reference with its digest and keeps the tag in a comment if the line has none. */
export async function pinImage(parts: PinImageParts, at?: TextOffset): Promise<void> {
  const editor = vscode.window.activeTextEditor;
  const document = at === undefined ? editor?.document : await openedDocument(at.uri);
  if (document === undefined) throw workbenchError('no-image-here');
  const offset = at?.offset ?? document.offsetAt(editor?.selection.active ?? new vscode.Position(0, 0));
  const { version } = document;
  const image = await imageAt(parts, document, offset);
  const { registry, path, tag, digest } = parseReference(image.value);
  if (digest !== undefined || tag === undefined) return;
  const found = await withProgress(vscode.l10n.t('Looking up {0}', image.value), (signal) =>
    parts.reader.artifact(parts.hostOf(registry), path, tag, signal),
  );
  // The text may have changed during the request.
  const now = document.version === version ? image : await imageAt(parts, document, offset);
  if (now.value !== image.value) return;
  const range = rangeOf(document, now);
  const edit = new vscode.WorkspaceEdit();
  const pinned = formatReference({ registry, path, digest: found.digest });
  edit.replace(document.uri, range, document.getText(range).replace(image.value, pinned));
  const line = document.lineAt(range.end.line);
  const rest = line.text.slice(range.end.character);
  if (rest.trim() === '') edit.insert(document.uri, line.range.end, ` # tag: ${tag}`);
  await vscode.workspace.applyEdit(edit);
}

async function imageAt(parts: PinImageParts, document: vscode.TextDocument, offset: number): Promise<FoundImageText> {
  const { imagesOf } = await import('../../packaging/documents/find-documents.ts');
  const images = (await parts.documents.find(document)).flatMap(imagesOf);
  const image = images.find(({ start, end }) => start <= offset && offset <= end);
  if (image === undefined) throw workbenchError('no-image-here');
  return image;
}

function openedDocument(uri: string): Thenable<vscode.TextDocument> {
  return vscode.workspace.openTextDocument(vscode.Uri.parse(uri));
}
