/** Version of all our JSON documents; changes when a field is removed or changes its meaning. */
const DOCUMENT_VERSION = 'carvel-airgap/v1';

/** Formats a document for programs; `kind` states its type. */
export function formatDocument(document: object): string {
  return `${JSON.stringify({ apiVersion: DOCUMENT_VERSION, ...document }, undefined, 2)}\n`;
}
