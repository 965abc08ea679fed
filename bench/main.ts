// `npm run bench`: ours compared with imgpkg and with tools that copy images. Writes test-output/bench.md and bench.json after each
// shape; `npm run bench:publish` puts the tables into the documents.
//
// `--runs N` (default 5) of each tool; `--minutes N`: as many of them as fit, at least one; `--quick`: small, only shows that it
// works; `--shape ID`, `--peer NAME`: only these, can be repeated; `--keep`: keep the other shapes of the last result.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, loadavg, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { makeTemporaryFolder } from '../test/support/lifetime.ts';
import { outputOf } from '../test/support/run-program.ts';
import { ensureDockerRegistry } from '../test/support/setup/debian.mjs';
import { benchShape } from './bench-shape.ts';
import { type BenchDocument, documentMarkdown } from './document.ts';
import { measureDelays } from './host/measure-delays.ts';
import type { Row } from './report.ts';
import { makeShapes, type Shape } from './shapes.ts';
import { Sources } from './source.ts';
import { benchStart } from './start.ts';
import { TOOLS, versionOf } from './tools.ts';

/** What is measured besides the shapes. */
const [START, EDITOR] = ['start', 'editor'];
/** Seconds of what has to be measured on two idle cores; with `--minutes`, the shapes share the time in this proportion. */
const SHARES: Readonly<Record<string, number>> = {
  small: 70,
  'small-unchanged': 40,
  'small-far': 120,
  'small-far-unchanged': 60,
  changed: 40,
  mounted: 50,
  lock: 110,
  'lock-unchanged': 80,
  'lock-to-tar': 20,
  'lock-from-tar': 45,
  'export-small': 30,
  'import-small': 40,
  line: 30,
  limited: 30,
};
const OTHER_SHARE = 25;
/** Seconds that the measurement in the editor takes. */
const EDITOR_SECONDS = 100;

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    runs: { type: 'string' },
    minutes: { type: 'string' },
    shape: { type: 'string', multiple: true, default: [] },
    peer: { type: 'string', multiple: true, default: [] },
    keep: { type: 'boolean', default: false },
  },
});
const { quick } = values;
const rounds = Number(values.runs ?? (quick ? 1 : 5));
const all = makeShapes(quick);
const ids = [...all.map(({ id }) => id), START, EDITOR];
const unknown = values.shape.find((id) => !ids.includes(id));
if (unknown !== undefined) throw new Error(`There is no shape '${unknown}': ${ids.join(', ')}`);
const isWanted = (id: string) => values.shape.length === 0 || values.shape.includes(id);
const tools = TOOLS.filter((tool) => tool === 'ours' || values.peer.length === 0 || values.peer.includes(tool));
const shapes = all.filter(({ id }) => isWanted(id));

const load = () =>
  loadavg()
    .map((value) => value.toFixed(1))
    .join(', ');
const say = (text: string) => console.error(`${text} (load ${load()})`);

const folder = fileURLToPath(new URL('../test-output/', import.meta.url));
await mkdir(folder, { recursive: true });
const file = join(folder, 'bench.json');
const last = values.keep ? (JSON.parse(await readFile(file, 'utf8')) as BenchDocument) : undefined;
const registry = await outputOf(await ensureDockerRegistry(), ['--version']);
const versions: Record<string, string> = {
  Node: process.version,
  'docker-registry': /\d\S*/.exec(registry.split(' ').at(2) ?? '')?.[0] ?? registry,
};
for (const tool of tools) versions[tool] = await versionOf(tool);
let state: BenchDocument = {
  date: new Date().toISOString(),
  machine: `${availableParallelism()} cores (${cpus()[0]?.model ?? 'unknown'}), ${Math.round(totalmem() / 1e9)} GB, Linux ${release()}`,
  versions,
  runs: rounds,
  load: { before: load(), after: load() },
  rows: last?.rows ?? [],
  ...(last?.start === undefined ? {} : { start: last.start }),
  ...(last?.delays === undefined ? {} : { delays: last.delays }),
};

/** Saved after each part, so that an interrupted benchmark loses only one. */
async function save(change: Partial<BenchDocument>): Promise<void> {
  state = { ...state, ...change, load: { before: state.load.before, after: load() } };
  await writeFile(file, `${JSON.stringify(state, undefined, 2)}\n`);
  await writeFile(join(folder, 'bench.md'), `${documentMarkdown(state)}\n`);
}

/** In the order of the shapes, whichever of them were measured now. */
function withRow(rows: readonly Row[], row: Row): Row[] {
  const others = rows.filter(({ shape }) => shape.id !== row.shape.id);
  return [...others, row].sort((a, b) => ids.indexOf(a.shape.id) - ids.indexOf(b.shape.id));
}

const share = ({ id }: Shape) => SHARES[id] ?? OTHER_SHARE;
const minutes = Number(values.minutes ?? Infinity);
const deadline = performance.now() / 1000 + minutes * 60 - (isWanted(EDITOR) ? EDITOR_SECONDS : 0);
/** What the others have taken too much or too little is shared by those that are left. */
function secondsFor(shape: Shape): number {
  const left = shapes.slice(shapes.indexOf(shape)).reduce((sum, each) => sum + share(each), 0);
  return ((deadline - performance.now() / 1000) * share(shape)) / left;
}

const homes = await makeTemporaryFolder('homes');
const sourceFolder = await makeTemporaryFolder('sources');
const sources = new Sources(sourceFolder.path);
try {
  for (const tool of TOOLS) await mkdir(join(homes.path, tool));
  const options = { homes: homes.path, tools, say };
  if (shapes.length > 0) {
    // So that no tool is measured at its first start.
    const [warmUp] = makeShapes(true);
    if (warmUp !== undefined)
      await benchShape({ ...warmUp, id: 'warm-up' }, sources, { ...options, rounds: 1, seconds: Infinity });
  }
  if (isWanted(START)) await save({ start: await benchStart(quick ? 3 : 15, tools, homes.path) });
  for (const shape of shapes) {
    const result = await benchShape(shape, sources, { ...options, rounds, seconds: secondsFor(shape) });
    await save({ rows: withRow(state.rows, { shape, result }) });
  }
  if (isWanted(EDITOR)) {
    const [times, seconds] = [quick || values.minutes !== undefined ? 1 : 3, quick ? 5 : 15];
    await save({
      delays: await measureDelays({ rounds: times, seconds, layerSize: quick ? 50e6 : 100e6, mostRate: 500e6 }),
    });
  }
} finally {
  await sourceFolder.remove();
  await homes.remove();
}
console.log(documentMarkdown(state));
