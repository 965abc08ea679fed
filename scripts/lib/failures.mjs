// @ts-check
// What failed, once more at the end of a long output: of a log that was cut off on its way, the end is what is left.
import { stripVTControlCharacters } from 'node:util';

/** The runners' own lists of failed tests: node:test's spec reporter, mocha in the extension host. */
const BEGINNING = /^(?:✖ failing tests:|\s+\d+ failing)$/;
const END = /^(?:✔ |Once more, |Exit code:|\w+: \d+ passed|.*passed at the second attempt$)/;
const MOST_LINES = 80;
const MOST_CHARACTERS = 300;

/**
 * @param {string} output of a stage
 * @returns {string[]} the lines of the lists of failed tests, those of a first attempt too; without such a list the last lines
 */
export function failuresOf(output) {
  const lines = stripVTControlCharacters(output).split('\n');
  let isListed = false;
  const listed = lines.filter((line) => {
    if (BEGINNING.test(line)) isListed = true;
    else if (END.test(line)) isListed = false;
    return isListed && line.trim() !== '';
  });
  const shown = listed.length > 0 ? listed.slice(0, MOST_LINES) : lines.slice(-MOST_LINES);
  return shown.map((line) => line.slice(0, MOST_CHARACTERS));
}
