// The fault matrix has 35 rows. What stands in test/faults/README.md of each is compared with what there is.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = new URL('../../', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), 'utf8');
const CELLS = ['answers', 'downloads', 'passing', 'uploads'].map((name) => `test/faults/cells/${name}.ts`);

/** "| F24 | what | `file`: "name of a test"; `file`: "…" |" */
const rows = [...read('test/faults/README.md').matchAll(/^\| (F\d+) +\| ([^|]+) \| ([^|]+) \|$/gm)].map(
  ([, fault = '', , places = '']) => ({
    fault,
    tests: [...places.matchAll(/`([^`]+)`(?:: "([^"]+)")?/g)].map(([, file = '', name]) => ({ file, name })),
  }),
);

test('each fault of the matrix has a row in the table of test/faults', () => {
  assert.deepEqual(
    rows.map(({ fault }) => fault),
    Array.from({ length: 35 }, (_, index) => `F${index + 1}`),
  );
});

for (const { fault, tests } of rows) {
  test(`${fault} is in the file that the table names`, () => {
    assert.ok(tests.length > 0);
    for (const { file, name } of tests) {
      assert.ok(existsSync(fileURLToPath(new URL(file, root))), file);
      const wanted = name ?? (CELLS.includes(file) ? `fault: '${fault}'` : 'a name is needed');
      assert.ok(read(file).includes(wanted), `${file} has no ${wanted}`);
    }
  });
}

test('each cell of the matrix is mentioned in the table', () => {
  for (const file of CELLS) {
    for (const [, fault] of read(file).matchAll(/fault: '(F\d+)'/g)) {
      const row = rows.find((each) => each.fault === fault);
      assert.ok(
        row?.tests.some((each) => each.file === file),
        `${fault} of ${file}`,
      );
    }
  }
});
