/** Of every JSON object of ours; another number when a field changes its meaning or goes. */
const DOCUMENT_VERSION = 'carvel-airgap/v1';

/** A document for programs: `kind` says what it is. */
export function formatDocument(document: object): string {
  return `${JSON.stringify({ apiVersion: DOCUMENT_VERSION, ...document }, undefined, 2)}\n`;
}
