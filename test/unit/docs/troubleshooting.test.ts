import assert from 'node:assert/strict';
import { globSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { troubleshooting } from '../../../scripts/docs/troubleshooting.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));

test('docs/troubleshooting.md has every error as the code has it (`npm run docs` writes it)', async () => {
  assert.equal(await readFile(`${root}docs/troubleshooting.md`, 'utf8'), troubleshooting());
});

test('no family of errors is left out of it', async () => {
  const document = troubleshooting();
  const families = [];
  for (const file of globSync('src/**/*.ts', { cwd: root })) {
    const text = await readFile(`${root}${file}`, 'utf8');
    families.push(...[...text.matchAll(/= errorFamily\('([\w-]+)'/g)].map(([, family]) => family ?? ''));
  }
  assert.ok(families.length > 5);
  for (const family of families) assert.ok(document.includes(`\n### ${family}.`), family);
});
