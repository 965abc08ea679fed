import * as vscode from 'vscode';

import type { FoundDocument, FoundRepository } from '../../packaging/documents/find-documents.ts';
import type { DocumentFinding } from '../../packaging/documents/finding.ts';
import { mayContainCarvelKind, mayContainPackage } from './carvel-kinds.ts';

/** Larger files are not written by hand and are ignored. */
const MAX_LENGTH = 1_000_000;

interface Found {
  readonly documents: readonly FoundDocument[];
  readonly repositories: readonly FoundRepository[];
}

interface Parsed {
  readonly version: number;
  readonly found: Promise<Found>;
  readonly packages: Promise<readonly DocumentFinding[]>;
}

/** The PackageRepositories and locks in text documents; each version of a document is parsed once. */
export class CarvelDocuments {
  readonly #parsed = new WeakMap<vscode.TextDocument, Parsed>();

  async find(document: vscode.TextDocument): Promise<readonly FoundDocument[]> {
    return (await this.#read(document).found).documents;
  }

  async repositories(document: vscode.TextDocument): Promise<readonly FoundRepository[]> {
    return (await this.#read(document).found).repositories;
  }

  /** Problems in the Packages and Apps of a document. */
  packageFindings(document: vscode.TextDocument): Promise<readonly DocumentFinding[]> {
    return this.#read(document).packages;
  }

  #read(document: vscode.TextDocument): Parsed {
    const known = this.#parsed.get(document);
    if (known?.version === document.version) return known;
    const text = document.getText();
    const parsed = { version: document.version, found: parse(text), packages: checkPackagesOf(text) };
    this.#parsed.set(document, parsed);
    return parsed;
  }
}

async function checkPackagesOf(text: string): Promise<readonly DocumentFinding[]> {
  if (text.length > MAX_LENGTH || !mayContainPackage(text) || !text.includes('tagSelection')) return [];
  const { checkPackages } = await import('../../packaging/documents/check-package.ts');
  return checkPackages(text);
}

async function parse(text: string): Promise<Found> {
  if (text.length > MAX_LENGTH || !mayContainCarvelKind(text)) return { documents: [], repositories: [] };
  const { findDocuments, repositoriesIn } = await import('../../packaging/documents/find-documents.ts');
  const documents = findDocuments(text);
  return { documents, repositories: repositoriesIn(documents) };
}

export function rangeOf(document: vscode.TextDocument, { start, end }: { start: number; end: number }): vscode.Range {
  return new vscode.Range(document.positionAt(start), document.positionAt(end));
}
