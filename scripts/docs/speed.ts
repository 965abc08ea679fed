// `npm run bench:publish`, after `npm run bench`: writes what was measured into README.md and docs/speed.md, between the markers.
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { format } from 'prettier';

import { type BenchDocument, documentMarkdown, documentSummary } from '../../bench/document.ts';
import { BEGIN, END } from './markers.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const measured = JSON.parse(await readFile(`${root}test-output/bench.json`, 'utf8')) as BenchDocument;

for (const [path, block] of [
  ['README.md', documentSummary(measured)],
  ['docs/speed.md', documentMarkdown(measured)],
] as const) {
  const text = await readFile(`${root}${path}`, 'utf8');
  const [begin, end] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (begin === -1 || end < begin) throw new Error(`${path} has no ${BEGIN} … ${END}`);
  const changed = `${text.slice(0, begin + BEGIN.length)}\n\n${block}\n\n${text.slice(end)}`;
  await writeFile(`${root}${path}`, await format(changed, { parser: 'markdown', printWidth: 120, singleQuote: true }));
}
