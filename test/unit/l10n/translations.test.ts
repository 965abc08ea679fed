// Every language is complete: nothing is shown in English because it was forgotten.
import assert from 'node:assert/strict';
import { globSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { readBundle, translatableStrings } from '../../../scripts/l10n/strings.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const languages = globSync('l10n/bundle.l10n.*.json', { cwd: root }).map((file) => file.split('.').at(-2) ?? '');
const readJson = async (file: string) => JSON.parse(await readFile(`${root}${file}`, 'utf8')) as Record<string, string>;
const places = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(([place]) => place).sort();
/** Icons and links to commands mean the same in each language. */
const marks = (text: string) =>
  [...text.matchAll(/\$\([\w~-]+\)|\((?:command|https?):[^)]*\)/g)].map(([mark]) => mark).sort();

test('there is a language other than English', () => assert.deepEqual(languages, ['de']));

for (const language of languages) {
  describe(language, () => {
    test('contains each text of the code, and no other', async () => {
      const [strings, bundle] = [await translatableStrings(), await readBundle(language)];
      assert.ok(strings.size > 300);
      assert.deepEqual(Object.keys(bundle).sort(), [...strings].sort());
    });

    test('contains each text of package.nls.json, and no other', async () => {
      const [english, own] = [await readJson('package.nls.json'), await readJson(`package.nls.${language}.json`)];
      assert.deepEqual(Object.keys(own).sort(), Object.keys(english).sort());
    });

    test('has the placeholders of the English text', async () => {
      const [english, own] = [await readJson('package.nls.json'), await readJson(`package.nls.${language}.json`)];
      const pairs = [
        ...Object.entries(await readBundle(language)),
        ...Object.entries(english).map(([key, text]) => [text, own[key] ?? ''] as const),
      ];
      for (const [text, translation] of pairs) {
        assert.notEqual(translation.trim(), '', text);
        assert.deepEqual(new Set(places(translation)), new Set(places(text)), text);
        assert.deepEqual(marks(translation), marks(text), text);
      }
    });
  });
}
