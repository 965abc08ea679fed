import { AirgapError, causes } from '../../base/errors.ts';

/** An error as the terminal shows it: the message in imgpkg's layout, then why, what to do, and where more is written. */
export function errorText(error: unknown): string {
  const [message = String(error), ...reasons] = causes(error);
  const lines = [`carvel-airgap: Error: ${layOutError(message)}`, ...reasons.map((reason) => `  Cause: ${reason}`)];
  if (error instanceof AirgapError) {
    if (error.remedy !== undefined) lines.push(`  What to do: ${error.remedy}`);
    lines.push(`  Code: ${error.code} (docs/troubleshooting.md)`);
  }
  return lines.join('\n');
}

/** An error for a program: the object that `--json` prints in place of a plan, a description or a verification. */
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
 * Lays a message out as imgpkg does (go-cli-ui's MultiLineError): in its first line every ": " followed by a capital letter
 * becomes a line break with two more spaces of indent, except inside brackets. A closing bracket without an opening one is
 * an ordinary character (go-cli-ui drops what follows it).
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
