// No message may show a placeholder that nobody filled in: neither in English nor translated, neither the text nor the remedy.
import assert from 'node:assert/strict';
import { globSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { errorFamilies } from '../../../scripts/docs/error-families.ts';
import { errorFamily, isFilled, printableArguments } from '../../../src/base/errors.ts';
import { formatHelp } from '../../../src/cli/command.ts';
import { COMMANDS } from '../../../src/cli/commands.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const PLACE = /\{\w+\}/;

const sample = errorFamily('sample', {
  plain: { text: 'It failed' },
  named: { text: 'Cannot read {file}', remedy: 'Log in to {host}.' },
});

describe('an error', () => {
  test('does not compile without the arguments of its text and its remedy', () => {
    // @ts-expect-error: `host` is missing
    const withoutHost = sample('named', { file: 'a' });
    // @ts-expect-error: all are missing
    const withoutAny = sample('named');
    assert.deepEqual([withoutHost.message, withoutAny.message], ['Cannot read a', 'Cannot read …']);
    assert.equal(sample('named', { file: 'a', host: 'b' }).remedy, 'Log in to b.');
    assert.equal(sample('plain').message, 'It failed');
  });

  test('omits a remedy whose arguments it lacks', () => {
    assert.equal(sample.of('named', { file: 'a' }).remedy, undefined);
  });

  test('keeps braces in an argument', () => {
    assert.equal(sample.of('named', { file: '{host}' }).message, 'Cannot read {host}');
  });

  for (const family of errorFamilies) {
    test(`of the family ${family.family} never shows a placeholder, whatever its arguments`, () => {
      const of = family.of as (code: string, args: object) => ReturnType<typeof family.of>;
      for (const [code, { text, remedy = '' }] of Object.entries(family.catalog)) {
        const error = of(code, {});
        assert.doesNotMatch(error.message, PLACE, code);
        assert.doesNotMatch(error.remedy ?? '', PLACE, code);
        // What the editor hands to its translations.
        for (const each of [text, remedy]) assert.ok(isFilled(each, printableArguments(each, {})), code);
      }
    });
  }
});

test('the help of every command has no placeholder', async () => {
  for (const command of COMMANDS) {
    const { help } = await command.load();
    assert.doesNotMatch(formatHelp(help), PLACE);
  }
});

/** The arguments of a call, from behind its opening bracket: split at the commas that are on its own level. */
function argumentsOf(source: string): string[] {
  const found: string[] = [];
  let depth = 0;
  let quote = '';
  let own = '';
  for (let index = 0; index < source.length; index++) {
    const char = source.charAt(index);
    if (quote !== '') {
      if (char === '\\') own += source.charAt(index++);
      else if (char === quote) quote = '';
    } else if ('\'"`'.includes(char)) quote = char;
    else if ('([{'.includes(char)) depth++;
    else if (')]}'.includes(char) && --depth < 0) break;
    else if (char === ',' && depth === 0) {
      found.push(own.trim());
      own = '';
      continue;
    }
    own += source.charAt(index);
  }
  return [...found, own.trim()].filter((each) => each !== '');
}

test('each text that the editor translates itself gets its arguments', async () => {
  let calls = 0;
  for (const file of globSync('src/**/*.ts', { cwd: root })) {
    const source = await readFile(`${root}${file}`, 'utf8');
    for (const { index, 0: start } of source.matchAll(/l10n\.t\(/g)) {
      const [text = '', ...values] = argumentsOf(source.slice(index + start.length));
      if (!/^['"`]/.test(text) || values.some((value) => value.startsWith('...'))) continue;
      calls++;
      for (const [place, name = ''] of text.matchAll(/\{(\w+)\}/g)) {
        const isGiven = /^\d+$/.test(name)
          ? Number(name) < values.length
          : new RegExp(`\\b${name}\\b`).test(values[0] ?? '');
        assert.ok(isGiven, `${file}: ${text} lacks ${place}`);
      }
    }
  }
  assert.ok(calls > 300, String(calls));
});
