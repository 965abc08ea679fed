// @ts-check
// The page that VS Code shows for an installed extension. VS Code loads pictures there only over https and follows no
// relative links, so pictures and links that would be broken are removed.

/** Sections of README.md that are useful only with the repository. */
const FOR_THE_REPOSITORY = ['Try it', 'Install'];

/**
 * @param {string} text of a document
 * @param {string} heading of second level
 */
function withoutSection(text, heading) {
  const start = text.indexOf(`\n## ${heading}\n`);
  if (start === -1) throw new Error(`README.md has no section “${heading}”`);
  const end = text.indexOf('\n## ', start + 1);
  return text.slice(0, start) + (end === -1 ? '\n' : text.slice(end));
}

/**
 * README.md for a reader who has only the extension.
 * @param {string} readme
 */
export function extensionPage(readme) {
  return FOR_THE_REPOSITORY.reduce(withoutSection, readme)
    .replaceAll(/^!\[[^\]]*\]\((?!https:)[^)]*\)\n\n?/gm, '')
    .replaceAll(/\[([^\]]*)\]\((?!https:)[^)\s]+\)/g, '$1');
}
