import type * as vscode from 'vscode';

import type { DocumentFinding } from '../../packaging/documents/finding.ts';
import type { FoundInstall } from '../../packaging/install/find-installs.ts';
import type { InstallDocuments } from './install-documents.ts';
import type { ValuesSchemas } from './values-schemas.ts';

/** The problems of the values in a document, as far as the schemas of their Packages are known. */
export class ValuesFindings {
  readonly #documents: InstallDocuments;
  readonly #schemas: ValuesSchemas;

  constructor(documents: InstallDocuments, schemas: ValuesSchemas) {
    this.#documents = documents;
    this.#schemas = schemas;
  }

  async of(document: vscode.TextDocument): Promise<DocumentFinding[]> {
    const found = await this.#documents.installs(document);
    const findings = await Promise.all(found.map((each) => this.ofInstall(document, each)));
    return findings.flat();
  }

  async ofInstall(document: vscode.TextDocument, found: FoundInstall): Promise<DocumentFinding[]> {
    const schema = this.#schemas.known(found);
    if (schema === undefined) return [];
    const { valuesFindings } = await import('../../packaging/install/values-view.ts');
    const source = document.getText();
    return found.values.flatMap((values) => valuesFindings(values, schema, source));
  }

  /** Asks the open clusters for the schemas, after the user edited the document. */
  async ask(document: vscode.TextDocument): Promise<void> {
    const found = await this.#documents.installs(document);
    await Promise.all(found.map((each) => this.#schemas.ask(each)));
  }
}
