// @ts-check
// Repeats the failures at the end of a long output: if a log is truncated, its end is what remains.
import { stripVTControlCharacters } from 'node:util';

/** The lists of failed tests printed by the runners: node:test's spec reporter, and mocha in the extension host. */
const BEGINNING = /^(?:✖ failing tests:|\s+\d+ failing)$/;
const END = /^(?:✔ |Once more, |Exit code:|\w+: \d+ passed|.*passed at the second attempt$)/;
const MOST_LINES = 160;
const MOST_CHARACTERS = 300;

/**
 * @param {string} output of a stage
 * @returns {string[]} the lines of the lists of failed tests, including those of a first attempt; without such a list,
 * the last lines
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
