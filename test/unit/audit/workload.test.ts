// What the configuration of a Package names, and what kbld in the cluster makes of it. The bundle was relocated without a fault: what
// is listed by a lock that kbld reads is inside.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import type { Ledger, Need } from '../../../src/audit/ledger.ts';
import { folderOf } from '../../../src/audit/workload/app-folder.ts';
import { WorkloadAudit } from '../../../src/audit/workload/workload-audit.ts';
import type { YttRunner } from '../../../src/audit/workload/ytt-runner.ts';
import { parseDigestReference } from '../../../src/oci/reference.ts';
import { parsePackageTemplate } from '../../../src/packaging/package-template.ts';

const A = `sha256:${'a'.repeat(64)}`;
const B = `sha256:${'b'.repeat(64)}`;
const PLACE = parseDigestReference(`inside.example/repo@sha256:${'f'.repeat(64)}`);
const USUAL = { template: [{ ytt: { paths: ['config'] } }, { kbld: { paths: ['-', '.imgpkg/images.yml'] } }] };

type Files = Readonly<Record<string, string>>;

/** @param lock ids, with what they stand for */
function bundle(files: Files, lock: Files = { 'vendor.example/app:v1': `vendor.example/app@${A}` }) {
  const images = Object.entries(lock).map(([id, image]) => ({
    reference: parseDigestReference(image),
    ...(id === '' ? {} : { annotations: { 'kbld.carvel.dev/id': id } }),
  }));
  const contents = new Map(Object.entries(files).map(([path, text]) => [path, Buffer.from(text)]));
  const rewriting = { how: 'locations' as const, missing: 0 };
  return { place: PLACE, content: { lock: { images }, files: contents }, unread: new Set<string>(), rewriting };
}

async function run(bundles: ReturnType<typeof bundle>[], spec: object = USUAL, ytt?: YttRunner, path?: string) {
  const needs: Need[] = [];
  const ledger = {
    isInside: ({ registry }: { registry: string }) => registry === PLACE.registry,
    need: async (need: Need) => void needs.push(need),
  } as unknown as Ledger;
  const audit = new WorkloadAudit(ledger, ytt);
  const fetched = bundles.map((each, index) => ({ folder: folderOf(path, index, bundles.length), bundle: each }));
  const { steps } = parsePackageTemplate(spec);
  const usesLock = await audit.run({ name: 'Package a', fetched, steps }, new AbortController().signal);
  const found = needs.map(({ origin, ifOutside }) => `${ifOutside?.code} ${origin}`);
  return {
    usesLock,
    found: [...new Set(found)].toSorted(),
    places: needs.map(({ ifOutside }) => String(ifOutside?.args?.['place'])),
    problems: audit.problems.map(({ code, args }) => `${code}: ${args['reason']}`),
    notChecked: audit.notChecked.map(({ code }) => code),
    notes: audit.notChecked,
  };
}

const found = async (files: Files, lock?: Files): Promise<string[]> => (await run([bundle(files, lock)])).found;
const pod = (containers: string): string =>
  `apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  containers:\n${containers}`;
const configMap = (data: string): string => `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata:\n${data}`;

describe('an image of a workload', () => {
  test('is inside if the lock lists it and kbld resolves it', async () => {
    const { found, problems, notChecked, usesLock } = await run([
      bundle({
        'config/a.yml': pod(
          '  - {image: "vendor.example/app:v1"}\n  - {name: x, image: "inside.example/repo@' + A + '"}\n',
        ),
      }),
    ]);
    assert.deepEqual([found, problems, notChecked, usesLock], [[], [], [], [true]]);
  });

  test('is pulled from outside if no lock lists its digest, and reported for kbld if it is a tag', async () => {
    const yaml = pod(
      `  - {image: "vendor.example/other@${B}"}\n  - {image: nginx}\n  initContainers: [{image: "vendor.example/app"}]\n`,
    );
    assert.deepEqual(await found({ 'config/a.yml': yaml }), [
      'unlisted vendor.example/other@' + B,
      'unlisted-tag nginx',
      'unlisted-tag vendor.example/app',
    ]);
  });

  for (const [what, yaml, reference] of [
    ['an argument', pod('  - {args: ["--solver-image=registry.example/solver:v1"]}\n'), 'registry.example/solver:v1'],
    ['an argument without a tag', pod('  - {args: ["--image", "gcr.io/kaniko/executor"]}\n'), 'gcr.io/kaniko/executor'],
    ['a script', pod('  - {command: [sh, -c, "ctr pull my.example:5000/x/y:1 && run"]}\n'), 'my.example:5000/x/y:1'],
    ['a variable', pod('  - env: [{name: RELATED_IMAGE_X, value: "team/solver:v1"}]\n'), 'team/solver:v1'],
    ['a key that speaks of images', configMap('  sidecarImage: team/sidecar:v2\n'), 'team/sidecar:v2'],
    ['JSON in a ConfigMap', configMap(`  c.json: '{"init":"quay.io/team/init:v1"}'\n`), 'quay.io/team/init:v1'],
    ['YAML in a ConfigMap', configMap('  pod.yaml: |\n    spec:\n      image: busybox\n'), 'busybox'],
    ['an image volume', pod('  - {}\n  volumes: [{image: {reference: quay.io/team/data}}]\n'), 'quay.io/team/data'],
    ['the URL of an artifact', configMap('  chart: oci://charts.example/team/chart\n'), 'charts.example/team/chart'],
    [
      'parts that an operator puts together',
      configMap('  image: {registry: r.example, repository: a/b, tag: "1"}\n'),
      'r.example/a/b:1',
    ],
    [
      'a Secret',
      `apiVersion: v1\nkind: Secret\ndata: {c: ${Buffer.from('x=ghcr.io/a/b:1').toString('base64')}}\n`,
      'ghcr.io/a/b:1',
    ],
    [
      'a text that the lock knows it by',
      configMap('  c: "use vendor.example/app:v1, please"\n'),
      'vendor.example/app:v1',
    ],
    ['a digest', configMap(`  c: "x vendor.example/app@${A} y"\n`), `vendor.example/app@${A}`],
  ] as const) {
    test(`is pulled from outside if it is in ${what}, because kbld does not look there`, async () => {
      assert.deepEqual(await found({ 'config/a.yml': yaml }), [`elsewhere ${reference}`]);
    });
  }

  test('is reported with its position', async () => {
    const { places } = await run([bundle({ 'config/a.yml': configMap('  sidecarImage: team/sidecar:v2\n') })]);
    assert.deepEqual(places, ['ConfigMap c (config/a.yml), data.sidecarImage']);
  });

  test('is not found in text that only looks like one', async () => {
    const data = [
      'url: https://registry.example/v2/team:8080',
      'source: github.com/team/repo:v1',
      'address: prometheus.monitoring.svc:9090/metrics',
      'cidr: 10.0.0.0/8',
      'role: "system:serviceaccount:team:image-puller"',
      'mail: someone@mail.example/team:x',
      'spiffe: spiffe://cluster.local/ns/team:x',
      'imagePullPolicy: Always',
      'imagePullSecrets: team',
      'description: as in gcr.io/team/app:v1',
      'template: "image: {{ .Values.image }}"',
      'repository: team',
      'tag: v1',
    ].map((line) => `  ${line}\n`);
    const crd = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
spec:
  schema: {properties: {image: {type: string, description: "quay.io/team/app:v1"}}, required: [image]}
`;
    const kbldNote = `apiVersion: v1
kind: Pod
metadata:
  annotations: {kbld.k14s.io/images: "- url: vendor.example/app@${A}", example.com/a: b}
`;
    assert.deepEqual(await found({ 'config/a.yml': [configMap(data.join('')), crd, kbldNote].join('---\n') }), []);
  });

  test('is not searched for in files that no step reads', async () => {
    assert.deepEqual(
      await found({ 'examples/a.yml': pod('  - {image: nginx}\n'), 'config/a.yml': pod('  - {}\n') }),
      [],
    );
  });
});

describe('kbld in a Package', () => {
  const rules = `apiVersion: kbld.k14s.io/v1alpha1
kind: Config
keys: [sidecar]
searchRules:
- keyMatcher: {path: [data, exact]}
- keyMatcher: {path: [data, list, {allIndexes: true}]}
- keyMatcher: {name: c.json}
  updateStrategy: {json: {searchRules: [{keyMatcher: {name: img}}]}}
- keyMatcher: {name: c.yaml}
  updateStrategy: {yaml: {searchRules: [{keyMatcher: {name: img}}]}}
- valueMatcher: {imageRepo: vendor.example/app}
- keyMatcher: {name: kept}
  updateStrategy: {none: {}}
overrides:
- {image: alias, newImage: "vendor.example/app@${B}", preresolved: true}
- {imageRepo: team/tool, newImage: "vendor.example/app:v1"}
`;

  test('finds images by the rules of its configuration, also in JSON and YAML inside strings', async () => {
    const yaml = configMap(`  sidecar: vendor.example/app:v1
  exact: vendor.example/app:v1
  list: ["vendor.example/app:v1"]
  c.json: '{"img": "vendor.example/app:v1"}'
  c.yaml: "img: vendor.example/app:v1"
  any: vendor.example/app:v1
`);
    assert.deepEqual(await found({ 'config/a.yml': yaml, 'config/kbld.yml': rules }), []);
  });

  test('skips and overrides images as its configuration says', async () => {
    const yaml = `${configMap('  kept: gcr.io/team/kept\n')}---\n${pod('  - {image: alias}\n  - {image: "team/tool:v3"}\n')}`;
    const files = { 'config/a.yml': yaml, 'config/kbld.yml': rules };
    // An override without "preresolved" is resolved again, by the text that it puts there.
    assert.deepEqual(await found(files), [
      'elsewhere gcr.io/team/kept',
      `outside vendor.example/app@${B}`,
      'unlisted-tag vendor.example/app:v1',
    ]);
  });

  for (const [what, files, lock, reason] of [
    [
      'an image that is no reference',
      { 'config/a.yml': pod('  - {image: ""}\n') },
      undefined,
      /is not an image reference/,
    ],
    [
      'an entry of the lock without its text',
      { 'config/a.yml': pod('  - {}\n') },
      { '': `v.example/app@${A}` },
      /no annotation/,
    ],
    [
      'a source to build',
      {
        'config/a.yml': `${pod('  - {image: mine}\n')}---\napiVersion: kbld.k14s.io/v1alpha1\nkind: Config\nsources: [{image: mine, path: .}]\n`,
      },
      undefined,
      /would have to build/,
    ],
  ] as const) {
    test(`fails on ${what}`, async () => {
      const { problems } = await run([bundle(files, lock)]);
      assert.equal(problems.length, 1, problems.join());
      assert.match(problems[0] ?? '', reason);
    });
  }

  test('reads the lock from all files, as the first step and after ytt over the folder', async () => {
    const files = { 'config/a.yml': pod('  - {image: "vendor.example/app:v1"}\n') };
    for (const template of [
      [{ ytt: {} }, { kbld: {} }],
      [{ ytt: { paths: ['.'] } }, { kbld: { paths: ['-'] } }],
      [{ kbld: {} }],
      [{ kbld: { paths: ['config', '.imgpkg'] } }],
    ]) {
      const { found, usesLock, problems } = await run([bundle(files)], { template });
      assert.deepEqual([found, usesLock, problems], [[], [true], []], JSON.stringify(template));
    }
  });

  test('does not use a lock that no step reads', async () => {
    const files = { 'config/a.yml': pod('  - {image: "vendor.example/app:v1"}\n') };
    for (const template of [
      [{ ytt: { paths: ['config'] } }],
      [{ ytt: { paths: ['config'] } }, { kbld: {} }],
      [{ ytt: { paths: ['config'] } }, { kbld: { paths: ['-', 'config/a.yml'] } }],
    ]) {
      const { usesLock, found } = await run([bundle(files)], { template });
      assert.deepEqual([usesLock, found.length], [[false], 1], JSON.stringify(template));
    }
  });

  test('uses the locks of the fetch steps whose folders it reads', async () => {
    const [first, second] = [
      bundle(
        { 'config/a.yml': pod('  - {image: "vendor.example/aa:v1"}\n') },
        { 'vendor.example/aa:v1': `vendor.example/aa@${A}` },
      ),
      bundle(
        { 'config/b.yml': pod('  - {image: "vendor.example/bb:v1"}\n') },
        { 'vendor.example/bb:v1': `vendor.example/bb@${B}` },
      ),
    ];
    const template = (...locks: string[]) => ({
      template: [{ ytt: { paths: ['0/config', '1/config'] } }, { kbld: { paths: ['-', ...locks] } }],
    });
    const one = await run([first, second], template('0/.imgpkg/images.yml'));
    assert.deepEqual([one.usesLock, one.found], [[true, false], ['unlisted-tag vendor.example/bb:v1']]);
    const both = await run([first, second], template('0/.imgpkg/images.yml', './1/.imgpkg/'));
    assert.deepEqual([both.usesLock, both.found], [[true, true], []]);
    const none = await run([first, second], template('.imgpkg/images.yml'));
    assert.deepEqual(none.problems, ['template-fails: there is no .imgpkg/images.yml']);
    const named = await run(
      [first],
      { template: [{ ytt: { paths: ['x/config'] } }, { kbld: { paths: ['-', 'x/.imgpkg'] } }] },
      undefined,
      'x',
    );
    assert.deepEqual([named.usesLock, named.problems], [[true], []]);
  });

  test('fails on missing paths and on paths outside the folder', async () => {
    for (const paths of [
      ['-', '../x'],
      ['-', 'none.yml'],
    ]) {
      const { problems } = await run([bundle({ 'config/a.yml': 'a: b\n' })], {
        template: [{ ytt: { paths: ['config'] } }, { kbld: { paths } }],
      });
      assert.equal(problems.length, 1, String(paths));
    }
    const { problems } = await run([bundle({})], { template: [{ kbld: { paths: ['-'] } }] });
    assert.match(problems.join(), /first step reads the output/);
  });
});

describe('a template of a Package', () => {
  const TEMPLATE = `#@ load("@ytt:data", "data")\n${pod('  - image: #@ data.values.image\n  - {image: "vendor.example/other:v1"}\n')}`;

  test('of ytt that was not run is reported, with the images that it names and no lock lists', async () => {
    const { found, notChecked, notes } = await run([bundle({ 'config/a.yml': TEMPLATE })]);
    assert.deepEqual([found, notChecked.toSorted()], [[], ['template-names', 'ytt-not-run']]);
    assert.ok(notes.some(({ args }) => args['reference'] === 'vendor.example/other:v1'));
  });

  test('of ytt that was run is judged by its output', async () => {
    const ytt: YttRunner = async ({ files, paths }) => {
      assert.deepEqual([[...files.keys()], paths], [['config/a.yml', '.imgpkg/images.yml'], ['config']]);
      return { text: `${pod('  - {image: "vendor.example/app:v1"}\n')}---\n${configMap('  image: a.example/bb:1\n')}` };
    };
    const { found, notChecked, places } = await run([bundle({ 'config/a.yml': TEMPLATE })], USUAL, ytt);
    assert.deepEqual([found, notChecked], [['unlisted-tag a.example/bb:1'], []]);
    assert.deepEqual(places, ['ConfigMap c, data.image']);
  });

  test('of ytt that fails is reported with the reason and read as written', async () => {
    const { notChecked } = await run([bundle({ 'config/a.yml': TEMPLATE })], USUAL, async () => ({
      reason: 'no values',
    }));
    assert.deepEqual(notChecked.toSorted(), ['render-failed', 'template-names']);
  });

  test('does not make a plain file in the same step uncertain', async () => {
    const files = { 'config/a.yml': TEMPLATE, 'config/b.yml': configMap('  sidecarImage: team/x:v1\n') };
    assert.deepEqual(await found(files), ['elsewhere team/x:v1']);
  });

  test('of another tool is reported, and so is input that only the cluster knows', async () => {
    for (const [step, code] of [
      [{ helmTemplate: { path: 'chart' } }, 'tool-not-run'],
      [{ cue: {} }, 'tool-not-run'],
      [{ sops: {} }, 'tool-not-run'],
      [{ jsonnet: {} }, 'tool-not-run'],
      [{ ytt: { paths: ['config'], valuesFrom: [{ secretRef: { name: 's' } }] } }, 'hidden-input'],
      [{ ytt: { paths: ['config'], inline: { pathsFrom: [{ configMapRef: { name: 's' } }] } } }, 'hidden-input'],
    ] as const) {
      const files = { 'config/a.yml': 'a: b\n', 'chart/values.yaml': 'image: {repository: team/x, tag: v1}\n' };
      const template = [step, { kbld: { paths: ['.imgpkg'] } }];
      const { notChecked, problems } = await run([bundle(files)], { template });
      assert.ok(notChecked.includes(code), `${JSON.stringify(step)}: ${notChecked.join()}`);
      assert.deepEqual(problems, []);
    }
  });

  test('reports the images in the values of a chart', async () => {
    const files = { 'chart/values.yaml': 'image: {repository: quay.io/team/x, tag: v1}\n' };
    const template = [{ helmTemplate: { path: 'chart' } }, { kbld: { paths: ['-', '.imgpkg'] } }];
    const { notes } = await run([bundle(files)], { template });
    assert.ok(
      notes.some(({ args }) => args['reference'] === 'quay.io/team/x:v1'),
      JSON.stringify(notes),
    );
  });

  test('that cannot be read is reported', async () => {
    const { notes } = await run([bundle({ 'config/a.yml': 'a: [', 'config/b.yml': pod('  - {}\n') })]);
    assert.deepEqual(
      notes.map(({ code, args }) => [code, args['path']]),
      [['files-unread', 'config/a.yml']],
    );
  });
});
