/**
 * Escapes `$(name)`, which VS Code renders as an icon in labels, descriptions, lenses and progress messages, in text from
 * servers.
 */
export function withoutIcons(text: string): string {
  return text.replaceAll('$(', '\\$(');
}

/** Neutralizes `[text](command:…)`, which notifications render as a link that runs a command, in text from servers. */
export function withoutLinks(text: string): string {
  return text.replaceAll('](', '] (');
}

/** Shortens a digest to its first twelve hexadecimal digits, as docker does. */
export function shortDigest(digest: string): string {
  const start = digest.indexOf(':') + 1;
  return digest.slice(start, start + 12);
}

/** Shortens the digest in an internal tag (`sha256-<64 digits>.sig`), so that its suffix is visible in a narrow view. */
export function shortInternalTag(tag: string): string {
  return tag.replace(/sha(?:256|512)-([0-9a-f]{12})[0-9a-f]{52,}/, '$1…');
}

/** Wraps a line at `width` characters between words; continuation lines keep its indentation. */
export function wrapLine(line: string, width: number): string[] {
  const [indent = ''] = /^ */.exec(line) ?? [];
  const lines: string[] = [];
  let current = '';
  for (const word of line.trim().split(' ')) {
    if (current !== '' && indent.length + current.length + 1 + word.length > width) {
      lines.push(indent + current);
      current = word;
    } else current = current === '' ? word : `${current} ${word}`;
  }
  return [...lines, indent + current];
}
