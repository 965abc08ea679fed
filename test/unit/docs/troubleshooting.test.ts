import assert from 'node:assert/strict';
import { globSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { errorFamilies } from '../../../scripts/docs/error-families.ts';
import { EXAMPLE_ARGUMENTS, OTHER_EXAMPLES } from '../../../scripts/docs/example-arguments.ts';
import { troubleshooting } from '../../../scripts/docs/troubleshooting.ts';
import type { ErrorTemplate } from '../../../src/base/errors.ts';
import { EDITOR_TEXTS, editorTemplate } from '../../../src/workbench/errors/editor-texts.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));

test('docs/troubleshooting.md has every error as the code has it (`npm run docs` writes it)', async () => {
  assert.equal(await readFile(`${root}docs/troubleshooting.md`, 'utf8'), troubleshooting());
});

test('no family of errors is missing', async () => {
  const document = troubleshooting();
  const families = [];
  for (const file of globSync('src/**/*.ts', { cwd: root })) {
    const text = await readFile(`${root}${file}`, 'utf8');
    families.push(...[...text.matchAll(/= errorFamily\('([\w-]+)'/g)].map(([, family]) => family ?? ''));
  }
  assert.ok(families.length > 5);
  for (const family of families) assert.ok(document.includes(`\n### ${family}.`), family);
});

test('no placeholder is shown, and every remedy is filled in with examples', () => {
  const document = troubleshooting();
  assert.deepEqual(document.match(/\{\w+\}/g) ?? [], []);
  for (const { family, catalog } of errorFamilies) {
    for (const [code, template] of Object.entries<ErrorTemplate>(catalog)) {
      for (const { remedy = '' } of [template, editorTemplate(`${family}.${code}`, template)]) {
        const names = [...remedy.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
        for (const name of names) {
          const known = { ...EXAMPLE_ARGUMENTS, ...OTHER_EXAMPLES[`${family}.${code}`] };
          assert.ok(name in known, `${family}.${code}: {${name}} needs an example`);
        }
      }
    }
  }
});

test("the editor's wording exists only for existing errors, and uses only arguments that they have", () => {
  const templates = new Map<string, ErrorTemplate>(
    errorFamilies.flatMap(({ family, catalog }) =>
      Object.entries<ErrorTemplate>(catalog).map(([code, template]) => [`${family}.${code}`, template] as const),
    ),
  );
  for (const [code, { text = '' }] of Object.entries(EDITOR_TEXTS)) {
    const template = templates.get(code);
    assert.ok(template !== undefined, code);
    // These errors have the arguments of the answer of the registry, too.
    if (code === 'relocation.root-missing' || code === 'oci.not-found') continue;
    for (const [place] of text.matchAll(/\{\w+\}/g)) assert.ok(template.text.includes(place), `${code}: ${place}`);
  }
});

test("no text of the editor contains imgpkg's jargon, a flag, or the request that failed", () => {
  for (const { family, catalog } of errorFamilies) {
    if (family === 'cli' || family === 'agent') continue;
    for (const [code, template] of Object.entries<ErrorTemplate>(catalog)) {
      const { text, remedy = '' } = editorTemplate(`${family}.${code}`, template);
      assert.doesNotMatch(
        text,
        /archive\/tar|\{step\}|UNAUTHORIZED|DENIED|TOOMANYREQUESTS|hint: /,
        `${family}.${code}`,
      );
      // Other tools are run in a terminal, with their flags.
      const own = `${text} ${remedy}`.replaceAll(
        /\b(?:imgpkg|kbld|kubectl|tar|Images built with)\b[^,.]*?(?: --[\w=-]+)+/g,
        '',
      );
      assert.doesNotMatch(own, /--[a-z]|carvel-airgap (?:audit|copy|verify)|describe --/, `${family}.${code}`);
    }
  }
});
