// @ts-check
// The page that VS Code shows of an installed extension. VS Code shows pictures there from https alone and follows no relative
// link: what would be a broken picture or a dead link is left out.

/** Sections of README.md for those who have the repository. */
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
 * README.md for somebody who has the extension and nothing else.
 * @param {string} readme
 */
export function extensionPage(readme) {
  return FOR_THE_REPOSITORY.reduce(withoutSection, readme)
    .replaceAll(/^!\[[^\]]*\]\((?!https:)[^)]*\)\n\n?/gm, '')
    .replaceAll(/\[([^\]]*)\]\((?!https:)[^)\s]+\)/g, '$1');
}
