import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { packagesIn } from '../../../src/audit/packages.ts';
import { isPackageFile } from '../../../src/packaging/package-files.ts';

const HEAD = `apiVersion: data.packaging.carvel.dev/v1alpha1
kind: Package
metadata: {name: a.apps.test.1.0.0}
`;
const TEMPLATE = `  template:
    spec:
      fetch:
      - imgpkgBundle: {image: r.example/app}
`;
const read = async (...texts: string[]) =>
  packagesIn(
    {
      files: new Map(texts.map((text, index) => [`packages/${index}.yml`, Buffer.from(text)])),
      unread: new Set(['packages/too-large.txt', 'README.md']),
    },
    'r/bundle',
  );
const sources = async (text: string): Promise<unknown[]> => {
  const { packages, problems } = await read(text);
  assert.deepEqual(problems, []);
  return packages.flatMap(({ template }) => template.fetches.map(({ source }) => source));
};

describe('Packages of a bundle', () => {
  test('are in YAML files below packages/', () => {
    const paths = [
      'packages/a/1.yml',
      'packages/b.yaml',
      'packages/README.md',
      'config/packages/a.yml',
      '.imgpkg/images.yml',
    ];
    assert.deepEqual(paths.filter(isPackageFile), ['packages/a/1.yml', 'packages/b.yaml']);
  });

  test('are found among other objects, in files of several documents', async () => {
    const other = 'apiVersion: v1\nkind: ConfigMap\n';
    const { packages } = await read(
      `${other}---\n${HEAD}spec:\n  refName: a.apps.test\n  version: 1.0.0\n${TEMPLATE}`,
      other,
    );
    assert.deepEqual(
      packages.map(({ name }) => name),
      ['a.apps.test 1.0.0'],
    );
  });

  test('are read without the schema of their values, wherever it is', async () => {
    const schema = '  valuesSchema:\n    openAPIv3:\n      properties: {template: {default: x}}\n\n      # more\n';
    assert.deepEqual(await sources(`${HEAD}spec:\n${schema}${TEMPLATE}`), ['r.example/app']);
    assert.deepEqual(await sources(`${HEAD}spec:\n${TEMPLATE}${schema}`), ['r.example/app']);
    assert.deepEqual(await sources(`${HEAD}spec:\n${schema}${TEMPLATE}`.replaceAll('\n', '\r\n')), ['r.example/app']);
  });

  test('cannot be hidden behind such a schema, neither with braces nor with an alias', async () => {
    const flow =
      '{\n  valuesSchema:\n    {}, template: {spec: {fetch: [{imgpkgBundle: {image: r.example/hidden}}]}}\n}\n';
    assert.deepEqual(await sources(`${HEAD}spec: ${flow}`), ['r.example/hidden']);
    const alias = `${HEAD}spec:\n  valuesSchema:\n    x: &image r.example/hidden\n${TEMPLATE.replace('r.example/app', '*image ')}`;
    assert.deepEqual(await sources(alias), ['r.example/hidden']);
  });

  test('that ytt would change are reported as a problem and read as written', async () => {
    const template = `#@ load("@ytt:data", "data")\n${HEAD}spec:\n${TEMPLATE}`;
    const { packages, problems } = await read(
      template,
      `${HEAD}spec:\n${TEMPLATE.replace('{image: r.example/app}', '#@ bundle()')}`,
    );
    assert.equal(packages.length, 2);
    assert.deepEqual(
      problems.map(({ code, args }) => [code, args['path']]),
      [
        ['template-not-rendered', 'packages/0.yml'],
        ['template-not-rendered', 'packages/1.yml'],
      ],
    );
  });

  test('may mention ytt in a text without being a template', async () => {
    const notes = '  releaseNotes: |\n    #@ this is how a template begins\n  licenses: ["#@"] # a comment\n';
    const { problems } = await read(`${HEAD}spec:\n${notes}${TEMPLATE}`);
    assert.deepEqual(problems, []);
  });

  test('that are not YAML are reported and do not hide the others', async () => {
    const { packages, problems } = await read(`${HEAD}spec: [`, `${HEAD}spec:\n${TEMPLATE}`);
    assert.equal(packages.length, 1);
    assert.deepEqual(
      problems.map(({ code, args }) => [code, args['path']]),
      [['file-broken', 'packages/0.yml']],
    );
  });

  test('name the images that kbld resolves, in addition to those of their fetch steps', async () => {
    const schema = '  valuesSchema:\n    openAPIv3:\n      default: {image: "nginx:1.25", pullPolicy: x}\n';
    const keys = async (text: string) => (await read(text)).packages.flatMap(({ imageKeys }) => imageKeys);
    assert.deepEqual(await keys(`${HEAD}spec:\n${schema}${TEMPLATE}`), ['nginx:1.25']);
    assert.deepEqual(await keys(`${HEAD}spec:\n${TEMPLATE}`), []);
    const described = '  valuesSchema:\n    openAPIv3:\n      properties:\n        image:\n          type: string\n';
    assert.deepEqual(await keys(`${HEAD}spec:\n${described}${TEMPLATE}`), []);
  });

  test('that are too large to read are reported', async () => {
    const { problems } = await packagesIn(
      { files: new Map(), unread: new Set(['packages/a.yml', 'config/b.yml']) },
      'b',
    );
    assert.deepEqual(
      problems.map(({ code, args }) => [code, args['path']]),
      [['file-broken', 'packages/a.yml']],
    );
  });
});
