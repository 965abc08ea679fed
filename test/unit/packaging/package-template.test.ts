import assert from 'node:assert/strict';
import { test } from 'node:test';

import { fetchedImages, parsePackageTemplate } from '../../../src/packaging/package-template.ts';

test('fetch steps have their kind, source if readable, and folder', () => {
  const template = parsePackageTemplate({
    fetch: [
      { imgpkgBundle: { image: 'r/a@1' }, path: 'a' },
      { image: { url: 'r/b', tagSelection: { semver: { constraints: '1.x' } } } },
      { git: { url: 'https://git.example/c' } },
      { helmChart: { name: 'd', repository: { url: 'https://charts.example' } } },
      { inline: { paths: { 'a.yml': 'x: y' }, pathsFrom: [{ secretRef: { name: 's' } }] } },
      { imgpkgBundle: { image: null } },
      { magic: {} },
    ],
  });
  assert.deepEqual(template.fetches, [
    { kind: 'imgpkgBundle', source: 'r/a@1', path: 'a' },
    { kind: 'image', source: 'r/b', tagSelection: { isSemver: true, constraints: '1.x' } },
    { kind: 'git', source: 'https://git.example/c' },
    { kind: 'helmChart', source: 'https://charts.example' },
    { kind: 'inline', files: { 'a.yml': 'x: y' }, hasHiddenFiles: true },
    { kind: 'imgpkgBundle' },
    { kind: 'unknown' },
  ]);
  assert.deepEqual(fetchedImages(template), ['r/a@1', 'r/b']);
});

test('of several sources in one step, the one that kapp-controller uses counts', () => {
  const [fetch] = parsePackageTemplate({
    fetch: [{ imgpkgBundle: { image: 'r/a' }, image: { url: 'r/b' }, http: { url: 'u' } }],
  }).fetches;
  assert.equal(fetch?.source, 'r/b');
});

test('template steps have their paths and files, and whether they use values that only the cluster knows', () => {
  const { steps } = parsePackageTemplate({
    template: [
      { ytt: { paths: ['config'], ignoreUnknownComments: true, inline: { paths: { 'v.yml': 'a: 1' } } } },
      { ytt: { valuesFrom: [{ path: 'v.yml' }, { secretRef: { name: 's' } }], fileMarks: ['a:b=c'] } },
      { helmTemplate: { path: 'chart', valuesFrom: [{ path: 'chart/values.yml' }] } },
      { kbld: {} },
      { cue: {} },
      { kustomize: {} },
    ],
  });
  assert.deepEqual(
    steps.map(({ kind, paths, files, valuesPaths, hasHiddenInput }) => [
      kind,
      paths,
      files,
      valuesPaths,
      hasHiddenInput,
    ]),
    [
      ['ytt', ['config'], { 'v.yml': 'a: 1' }, [], false],
      ['ytt', [], {}, ['v.yml'], true],
      ['helmTemplate', ['chart'], {}, ['chart/values.yml'], false],
      ['kbld', [], {}, [], false],
      ['cue', [], {}, [], false],
      ['unknown', [], {}, [], false],
    ],
  );
  assert.deepEqual([steps[0]?.ignoresUnknownComments, steps[1]?.fileMarks], [true, ['a:b=c']]);
});
