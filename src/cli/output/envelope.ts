/** The one object that `imgpkg copy --json` prints (go-cli-ui's JSONUI): what is empty is null, four spaces of indent. */
export function formatEnvelope(lines: readonly string[]): string {
  return `${JSON.stringify({ Tables: null, Blocks: null, Lines: lines.length === 0 ? null : lines }, undefined, 4)}\n`;
}
