import * as vscode from 'vscode';

import type { DocumentPlace } from '../../contract/targets.ts';
import { isDocumentPlace } from '../../contract/targets.ts';
import type { FoundInstall } from '../../packaging/install/find-installs.ts';
import type { FoundPackage } from '../../packaging/install/find-packages.ts';
import { mayContainInstall, mayContainPackage } from '../editor/carvel-kinds.ts';
import { workbenchError } from '../errors/workbench-error.ts';

/** A PackageInstall and the document that contains it. */
export interface PlacedInstall {
  readonly document: vscode.TextDocument;
  readonly found: FoundInstall;
}

interface Parsed {
  readonly version: number;
  readonly installs: Promise<readonly FoundInstall[]>;
  readonly packages: Promise<readonly FoundPackage[]>;
}

/** Larger files are not written by hand and are ignored. */
const MAX_LENGTH = 1_000_000;

/** The PackageInstalls and Packages in text documents; each version of a document is parsed once. */
export class InstallDocuments {
  readonly #parsed = new WeakMap<vscode.TextDocument, Parsed>();

  installs(document: vscode.TextDocument): Promise<readonly FoundInstall[]> {
    return this.#read(document).installs;
  }

  packages(document: vscode.TextDocument): Promise<readonly FoundPackage[]> {
    return this.#read(document).packages;
  }

  /**
   * Returns the PackageInstall at the given place or, without one, at the cursor.
   * @throws workbench.no-install-here
   */
  async at(place: DocumentPlace | undefined): Promise<PlacedInstall> {
    const { document, line } = await documentAt(place);
    const all = document === undefined ? [] : await this.installs(document);
    const found = all.findLast(({ first }) => first.line <= line) ?? all[0];
    if (document === undefined || found === undefined) throw workbenchError('no-install-here');
    return { document, found };
  }

  /** Returns the Package at the given place; undefined if there is none. */
  async packageAt(place: DocumentPlace | undefined): Promise<FoundPackage | undefined> {
    const { document, line } = await documentAt(place);
    const all = document === undefined ? [] : await this.packages(document);
    return all.findLast((each) => each.place.line <= line) ?? all[0];
  }

  #read(document: vscode.TextDocument): Parsed {
    const known = this.#parsed.get(document);
    if (known?.version === document.version) return known;
    const text = document.getText();
    const parsed = { version: document.version, installs: parseInstalls(text), packages: parsePackages(text) };
    this.#parsed.set(document, parsed);
    return parsed;
  }
}

async function documentAt(
  place: DocumentPlace | undefined,
): Promise<{ readonly document: vscode.TextDocument | undefined; readonly line: number }> {
  if (isDocumentPlace(place)) {
    return { document: await vscode.workspace.openTextDocument(vscode.Uri.parse(place.uri)), line: place.line };
  }
  const editor = vscode.window.activeTextEditor;
  return { document: editor?.document, line: editor?.selection.active.line ?? 0 };
}

async function parseInstalls(text: string): Promise<readonly FoundInstall[]> {
  if (text.length > MAX_LENGTH || !mayContainInstall(text)) return [];
  const { findInstalls } = await import('../../packaging/install/find-installs.ts');
  return findInstalls(text);
}

async function parsePackages(text: string): Promise<readonly FoundPackage[]> {
  if (text.length > MAX_LENGTH || !mayContainPackage(text)) return [];
  const { findPackages } = await import('../../packaging/install/find-packages.ts');
  return findPackages(text);
}
