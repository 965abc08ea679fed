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
