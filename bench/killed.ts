// `npm run bench:killed`: a relocation and an export are killed (SIGKILL) half-way and started again; how much is read and sent
// a second time, per kind of registry. `--mib N` in all, in `--layers N`; `--registry NAME` for one kind; `--copier NAME` for a
// relocation by another tool.
import { parseArgs } from 'node:util';

import { killAndResume } from './kill-and-resume.ts';
import type { Tool } from './tools.ts';
import { REGISTRIES, type RegistryProgram } from '../test/support/registry.ts';

const { values } = parseArgs({
  options: {
    mib: { type: 'string', default: '2048' },
    layers: { type: 'string', multiple: true, default: ['2', '8'] },
    copier: { type: 'string', multiple: true, default: ['ours'] },
    registry: { type: 'string', multiple: true, default: Object.keys(REGISTRIES) },
  },
});
const MIB = 1024 * 1024;
const size = Number(values.mib) * MIB;
const inMib = (bytes: number) => (bytes / MIB).toFixed(1);

console.log('| registry | what | layers | killed after sending or writing | read again, MiB | sent again, MiB |');
console.log('| --- | --- | --- | --- | --- | --- |');
for (const registry of values.registry as RegistryProgram[]) {
  for (const layers of values.layers.map(Number)) {
    const shape = `${layers} × ${inMib(size / layers)} MiB`;
    for (const copier of values.copier as Tool[]) {
      for (const way of copier === 'ours' ? (['relocation', 'export'] as const) : (['relocation'] as const)) {
        const { at, readAgain, sentAgain } = await killAndResume({ registry, way, size, layers, copier });
        const what = copier === 'ours' ? way : `${way} by ${copier}`;
        const sent = way === 'export' ? '–' : inMib(sentAgain);
        console.log(`| ${registry} | ${what} | ${shape} | ${inMib(at)} MiB | ${inMib(readAgain)} | ${sent} |`);
      }
    }
  }
}
