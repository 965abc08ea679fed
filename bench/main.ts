// `npm run bench`: ours compared with the real imgpkg. `--quick` is small; `--runs N`; `--shape TEXT` picks by name.
import { mkdir, writeFile } from 'node:fs/promises';
import { availableParallelism, loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { benchShape } from './bench-shape.ts';
import { markdown, ratio, type Row } from './report.ts';
import { makeShapes } from './shapes.ts';

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    runs: { type: 'string' },
    shape: { type: 'string', multiple: true, default: [] },
  },
});
const runs = Number(values.runs ?? (values.quick ? 1 : 3));
const shapes = makeShapes(values.quick).filter(({ name }) => values.shape.length === 0 || values.shape.includes(name));

const load = () =>
  loadavg()
    .map((value) => value.toFixed(1))
    .join(', ');
const machine = `${availableParallelism()} cores, Node ${process.version}, ${new Date().toISOString()}`;
const before = load();
const rows: Row[] = [];
for (const shape of shapes) {
  const result = await benchShape(shape, runs, (text) => console.error(`${text} (load ${load()})`));
  rows.push({ shape, result });
}

console.log(`${machine}; ${runs} runs each, median (min–max); load average before ${before}, after ${load()}\n`);
console.log(markdown(rows));
const folder = fileURLToPath(new URL('../test-output/', import.meta.url));
await mkdir(folder, { recursive: true });
const json = {
  machine,
  runs,
  load: { before, after: load() },
  rows: rows.map((row) => ({ ...row, ratio: ratio(row) })),
};
await writeFile(`${folder}bench.json`, `${JSON.stringify(json, undefined, 2)}\n`);
