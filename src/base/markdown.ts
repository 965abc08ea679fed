import { printable } from './printable.ts';

/** Escapes a text so that Markdown shows it unchanged (CommonMark, 2.4). Unlike with appendText, lines can wrap at spaces. */
export function asMarkdown(text: string): string {
  return text.replaceAll(/[!-/:-@[-`{-~]/g, String.raw`\$&`);
}

/** Text as code, such as a reference, which is readable in the source too (CommonMark, 6.1); escaped if that is impossible. */
export function markdownCode(text: string): string {
  const line = printable(text, 1000);
  return /^[^`|\s](?:[^`|]*[^`|\s])?$/.test(line) ? `\`${line}\`` : asMarkdown(line);
}

/** Text of several lines as one paragraph with line breaks. */
export function markdownLines(text: string): string {
  const lines = text.split('\n');
  return lines.map((line) => asMarkdown(printable(line, 2000))).join('<br>');
}

/** A table (GitHub Flavored Markdown, 4.10) of cells that are Markdown, without line breaks and bars. */
export function markdownTable(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(titles), line(titles.map(() => '---')), ...rows.map(line)].join('\n');
}

/** A block of code with a fence that no line of the text ends (CommonMark, 4.5). */
export function markdownBlock(text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}\n${text}\n${fence}`;
}
