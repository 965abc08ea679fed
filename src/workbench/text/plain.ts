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

/** Escapes a text so that Markdown shows it unchanged. Unlike with appendText, lines can wrap at spaces. */
export function asMarkdown(text: string): string {
  return text.replaceAll(/[!-/:-@[-`{-~]/g, String.raw`\$&`);
}
