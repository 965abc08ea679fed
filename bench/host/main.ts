// `npm run bench:host`: what the extension costs the extension host that it lives in. Two tables: what a cold start costs,
// and how long other extensions wait for the event loop, a file and a name, with and without a copy.
// `--starts N`, `--rounds N`, `--seconds N`; `--quick` only shows that it works.
import { mkdir, stat, writeFile } from 'node:fs/promises';
import { availableParallelism, loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { inHost } from './in-host.ts';
import { measureDelays } from './measure-delays.ts';
import type { Activation } from './plan.ts';
import { activationTable, delaysTable } from './report.ts';

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    starts: { type: 'string' },
    rounds: { type: 'string' },
    seconds: { type: 'string' },
  },
});
const { quick } = values;
const [starts, rounds, seconds] = [
  Number(values.starts ?? (quick ? 1 : 5)),
  Number(values.rounds ?? (quick ? 1 : 3)),
  Number(values.seconds ?? (quick ? 5 : 20)),
];
const folder = fileURLToPath(new URL('../../', import.meta.url));
const load = () =>
  loadavg()
    .map((value) => value.toFixed(1))
    .join(', ');

const machine = `${availableParallelism()} cores, ${new Date().toISOString()}`;
const before = load();
const { size } = await stat(`${folder}dist/extension.cjs`);
const activations: Activation[] = [];
for (let start = 0; start < starts; start++) activations.push(await inHost<Activation>('activation', () => ({}), 2));
const measured =
  rounds === 0 ? [] : await measureDelays({ rounds, seconds, layerSize: quick ? 50e6 : 100e6, mostRate: 500e6 });

console.log(`${machine}; load average before ${before}, after ${load()}\n`);
if (starts > 0) console.log(`The bundle has ${Math.round(size / 1000)} kB.\n\n${activationTable(activations)}\n`);
if (rounds > 0) {
  console.log(
    `${rounds} rounds of ${seconds} s; p50 / p99 (of the rounds: least–most) / most\n\n${delaysTable(measured)}`,
  );
}
await mkdir(`${folder}test-output`, { recursive: true });
const json = { machine, load: { before, after: load() }, bundle: size, activations, measured };
await writeFile(`${folder}test-output/bench-host.json`, `${JSON.stringify(json, undefined, 2)}\n`);
