/** Of every JSON object of ours; another number when a field changes its meaning or goes. */
export const DOCUMENT_VERSION = 'carvel-airgap/v1';

/** A document for programs: `kind` says what it is. */
export function formatDocument(document: object): string {
  return `${JSON.stringify({ apiVersion: DOCUMENT_VERSION, ...document }, undefined, 2)}\n`;
}

/** The one object that `imgpkg copy --json` prints (go-cli-ui's JSONUI): what is empty is null, four spaces of indent. */
export function formatEnvelope(lines: readonly string[]): string {
  return `${JSON.stringify({ Tables: null, Blocks: null, Lines: lines.length === 0 ? null : lines }, undefined, 4)}\n`;
}
