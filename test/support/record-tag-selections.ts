// Records which tags vendir's own library selects, for usual and for unusual constraints, in
// test/fixtures/tag-selections.json: `npx node test/support/record-tag-selections.ts`. Requires Go.
import { spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { makeTemporaryFolder } from './lifetime.ts';
import { goBuild, pinnedVersion } from './setup/go.mjs';

/** In random order, so that ties and sorting matter. */
const TAGS =
  `latest v1.10.0 1.9.0 1.9.9 1.10.0 2.0.0-rc.1 v2.0.0-beta.1 2.0.0-beta.rc.3 2.0.0-10 2.0.0-2 2.0.0-alpha.beta 2.0.0 v2.0.0
1.0.0-rc.1 1.0.0 1.0.0+a 1.0.0+b.2 1.0.0+b.10 1.1.0-0 1.1.0-alpha 1.1.0 1.2 1 1.2.3 1.2.3.4 01.2.3 1.02.3 1.2.03 1.2.3-01 1.2.3-rc.01
0.0.1 0.1.0 0.9.9 3.0.0-rc.1+x 3.0.0--x 3.0.0-x.y.z 4.0.0-rc_1 18446744073709551615.0.0 18446744073709551616.0.0 vv1.5.0 V1.5.0 v
v1.11.0-0.3.7 1.2.3-rc sha256-aa.imgpkg 2024.06.01 2024.6.1 1.8.0 1.8.99 1.9.0-rc.1 10.0.0 9.0.0 1.0.0-0 0.0.0`
    .split(/\s+/)
    .filter((tag) => tag !== '');

const VERSIONS = [
  '1.0.0',
  '1.8.x',
  '1.x',
  '1.x.x',
  'x',
  'x.x.x',
  '2.0.0-rc.1',
  '1.x-rc.1',
  '1.0.0+b.2',
  '1.9',
  '1',
  'v1.0.0',
];
const OPERATORS = ['', '=', '==', '!', '!=', '>', '>=', '<', '<=', '~', '^', '=>', '> ', '>= ', '~>', '<>'];
const WHOLE = [
  '',
  ' ',
  '*',
  '>=1.0 <2',
  '>=1.0.0 <2.0.0',
  '>=1.0.0, <2.0.0',
  '>=1.0.0,<2.0.0',
  '>=1.0.0<2.0.0',
  '>1.0.0 <3.0.0 !1.10.0',
  '<1.0.0 || >=2.0.0',
  '<1.0.0||>=2.0.0',
  '|| >=2.0.0',
  '>=2.0.0 ||',
  '<1.0.0 || || >=2.0.0',
  '1.8.x || 2.x',
  '1.8.x 1.9.x',
  '  >=1.0.0   <1.2.0  ',
  '>=1.0.0 x',
  '>=1.0.0 1',
  '>=1.0.0 - 2.0.0',
  '1.0.0 - 2.0.0',
  '1.x.3',
  '1.2.3.x',
  '1.2.x.x',
  'x.1',
  'x.1.x',
  '1.*',
  '1.X',
  '1.0.0-x',
  '1.0.0-rc.x',
  '>=1.0.0-0',
  '>=2.0.0-0 <2.0.0',
  '>=2.0.0-beta <2.0.0-rc.2',
  '01.0.0',
  '>=1.00.0',
  '>=1.0.0-01',
  '18446744073709551615.0.0',
  '>=18446744073709551616.0.0',
  '9223372036854775807.x',
  '9223372036854775806.x',
  '>9223372036854775806.x',
  '1.9223372036854775807.x',
  'latest',
  '>',
  '>=',
  '> = 1.0.0',
  '>\t1.0.0',
  '>=1.0.0\t<2.0.0',
  '>=1.0.0\n<2.0.0',
  '≥1.0.0',
  '>=１.0.0',
  '>=1.0.0 é',
  '>=1.0.0 ü <2.0.0',
  '=1.0.0 || =1.0.0+a',
  '!1.x !2.x',
  '!=1.x || 1.1.0',
  '>2.0.0-alpha.beta',
  '<2.0.0-2',
  '<=2.0.0-10',
  '2.0.0-10',
  '>3.0.0--x',
  '2024.x',
  '2024.6.x',
  '(>=1.0.0)',
  '">=1.0.0"',
];
const PRERELEASES: (object | null | undefined)[] = [
  undefined,
  null,
  {},
  { identifiers: null },
  { identifiers: [] },
  { identifiers: ['rc'] },
  { identifiers: ['beta', 'rc'] },
  { identifiers: ['1'] },
  { identifiers: ['10', 'z'] },
  { identifiers: [''] },
];

interface Question {
  readonly tags: readonly string[];
  readonly selection: object;
}

function questions(): Question[] {
  const constraints = [...WHOLE, ...OPERATORS.flatMap((operator) => VERSIONS.map((version) => operator + version))];
  const ask = (constraint: string | undefined, prereleases: object | null | undefined, tags = TAGS): Question => ({
    tags,
    selection: {
      semver: {
        ...(constraint === undefined ? {} : { constraints: constraint }),
        ...(prereleases === undefined ? {} : { prereleases }),
      },
    },
  });
  // A single tag shows whether it matches; all together show only the highest match.
  const alone = ['1.0.0', '1.9.0', 'v2.0.0', '2.0.0-rc.1', '1.1.0-0', '1.0.0+a'];
  return [
    ...constraints.flatMap((constraint) => [ask(constraint, undefined), ask(constraint, {})]),
    ...constraints.slice(0, 40).flatMap((constraint) => alone.map((tag) => ask(constraint, {}, [tag]))),
    ...PRERELEASES.flatMap((prereleases) => [undefined, '2.x', '>=1.0.0 <3.0.0'].map((each) => ask(each, prereleases))),
    ...[['v2.0.0', '2.0.0'], ['2.0.0', 'v2.0.0'], ['1.0.0+b.10', '1.0.0+b.2'], []].map((tags) => ask('', {}, tags)),
    ...[{}, { semver: null }].map((selection) => ({ tags: TAGS, selection })),
  ];
}

const folder = await makeTemporaryFolder('select-tags');
try {
  const program = join(folder.path, 'select-tags');
  await goBuild('carvel', './select-tags', program);
  const asked = questions();
  const input = asked.map((each) => `${JSON.stringify(each)}\n`).join('');
  const { stdout, status, stderr } = spawnSync(program, { input, encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  const answers = stdout.trim().split('\n');
  const cases = asked.map(({ tags, selection }, index) => {
    const answer = JSON.parse(answers[index] ?? '') as object;
    return JSON.stringify({ ...(tags === TAGS ? {} : { tags }), selection, ...answer });
  });
  const version = pinnedVersion('carvel', 'carvel.dev/vendir');
  const text = `{\n"vendir": "${version}",\n"tags": ${JSON.stringify(TAGS)},\n"cases": [\n${cases.join(',\n')}\n]\n}\n`;
  await writeFile(fileURLToPath(new URL('../fixtures/tag-selections.json', import.meta.url)), text);
  process.stdout.write(`${cases.length} selections by vendir ${version}\n`);
} finally {
  await folder.remove();
}
