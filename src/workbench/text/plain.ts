/** `$(name)` shows an icon in labels, descriptions, lenses and progress messages; what a server says must not. */
export function withoutIcons(text: string): string {
  return text.replaceAll('$(', '\\$(');
}

/** A notification makes `[text](command:…)` a link that runs a command; what a server says must not. */
export function withoutLinks(text: string): string {
  return text.replaceAll('](', '] (');
}

/** Markdown that shows a text as it is: no emphasis, no link, no image, no HTML. Unlike appendText's, its blanks may wrap. */
export function asMarkdown(text: string): string {
  return text.replaceAll(/[!-/:-@[-`{-~]/g, String.raw`\$&`);
}
