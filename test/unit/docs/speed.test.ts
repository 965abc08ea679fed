// What the documents say about speed comes from the benchmark, and is complete.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { makeShapes } from '../../../bench/shapes.ts';
import { TOOLS } from '../../../bench/tools.ts';
import { BEGIN, END } from '../../../scripts/docs/markers.ts';
import { documentAt } from './all-documents.ts';

/** The rows of each table between the markers, as cells; without the line below the header. */
function tablesOf(path: string): string[][][] {
  const { text } = documentAt(path);
  const [before, block, ...others] = text.split(new RegExp(`${BEGIN}|${END}`));
  assert.ok(before !== undefined && block !== undefined && others.length === 1, `${path} has one measured part`);
  assert.match(
    block,
    /\d{4}-\d\d-\d\d; \d+ cores .*Node v\d.*docker-registry \d.*imgpkg \d.*load average/,
    'machine and versions',
  );
  return block
    .split('\n\n')
    .filter((part) => part.startsWith('|'))
    .map((part) =>
      part
        .trim()
        .split('\n')
        .map((line) =>
          line
            .split('|')
            .slice(1, -1)
            .map((cell) => cell.trim()),
        )
        .filter(([first = '']) => !/^-+$/.test(first)),
    );
}

const names = makeShapes(false).map(({ name }) => name);

for (const [path, count] of [
  ['README.md', 1],
  ['docs/speed.md', 4],
] as const) {
  /** The column of the ratio, behind the times of the other tools. */
  const ratio = path === 'README.md' ? 4 : 1 + TOOLS.length;
  describe(`the measured part of ${path}`, () => {
    test('has its tables, with the same number of cells in each row', () => {
      const tables = tablesOf(path);
      assert.ok(tables.length >= count, `${tables.length} tables`);
      for (const [header = [], ...rows] of tables) {
        assert.ok(rows.length > 0);
        for (const row of rows) {
          assert.equal(row.length, header.length, row.join(' | '));
          assert.ok(
            row.every((cell) => cell !== '' && !/NaN|undefined|Infinity/.test(cell)),
            row.join(' | '),
          );
        }
      }
    });

    test('has rows of shapes in their order, with times and a ratio', () => {
      const [times = []] = tablesOf(path);
      const [, ...rows] = times;
      const measured = rows.map(([name]) => name);
      assert.deepEqual(
        measured,
        names.filter((name) => measured.includes(name)),
      );
      for (const row of rows) {
        assert.match(row[1] ?? '', /^\d+\.\d/, row.join(' | '));
        // Without a time of another tool, there is nothing to divide by.
        const isCompared = row.slice(2, ratio).some((cell) => /\d/.test(cell));
        assert.match(row[ratio] ?? '', isCompared ? /^\d+\.\d\d(?: |$)/ : /^–$/, row.join(' | '));
      }
    });
  });
}

test('docs/speed.md has a column for each tool', () => {
  const [[header = []] = []] = tablesOf('docs/speed.md');
  assert.deepEqual(header.slice(1, 1 + TOOLS.length), ['Carvel Airgap', ...TOOLS.slice(1)]);
});
