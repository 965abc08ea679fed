import { AirgapError, causes } from '../../base/errors.ts';

/** An error for the terminal: the message in imgpkg's layout, the cause, the remedy and a link. */
export function errorText(error: unknown): string {
  const [message = String(error), ...reasons] = causes(error);
  const lines = [`carvel-airgap: Error: ${layOutError(message)}`, ...reasons.map((reason) => `  Cause: ${reason}`)];
  if (error instanceof AirgapError) {
    if (error.remedy !== undefined) lines.push(`  What to do: ${error.remedy}`);
    lines.push(`  Code: ${error.code} (docs/troubleshooting.md)`);
  }
  return lines.join('\n');
}

/** An error for programs, printed by `--json` in place of a plan, description or verification. */
export function errorDocument(error: unknown): object {
  const [message = String(error), ...reasons] = causes(error);
  return {
    kind: 'Error',
    ...(error instanceof AirgapError ? { code: error.code } : {}),
    message,
    causes: reasons,
    ...(error instanceof AirgapError && error.remedy !== undefined ? { remedy: error.remedy } : {}),
  };
}

const OPENING = '([{';
const CLOSING = ')]}';

/**
 * Formats a message as imgpkg does (go-cli-ui's MultiLineError): in its first line, every ": " followed by a capital
 * letter becomes a line break with two more spaces of indentation, except inside brackets. An unmatched closing bracket
 * is an ordinary character (go-cli-ui drops what follows it).
 */
export function layOutError(message: string): string {
  const [first = '', ...rest] = message.split('\n');
  const chunks: string[] = [];
  let start = 0;
  let depth = 0;
  for (let index = 0; index < first.length; index++) {
    const character = first[index] ?? '';
    if (OPENING.includes(character)) depth++;
    else if (CLOSING.includes(character)) depth = Math.max(0, depth - 1);
    else if (depth === 0 && /^: [A-Z]/.test(first.slice(index, index + 3))) {
      chunks.push(first.slice(start, index + 1));
      start = index + 2;
    }
  }
  chunks.push(first.slice(start));
  return [...chunks.map((chunk, level) => '  '.repeat(level) + chunk), ...rest].join('\n');
}
