import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fetchedImages, parsePackageTemplate } from '../../../src/packaging/package-template.ts';

const kbld = (...paths: string[]) => parsePackageTemplate({ template: [{ ytt: {} }, { kbld: { paths } }] }).usesLock;

test('the lock is used where a kbld step reads it, also in the folder of one of several fetch steps', () => {
  for (const path of ['.imgpkg/images.yml', '.imgpkg/', '.imgpkg', '0/.imgpkg/images.yml']) {
    assert.equal(kbld('-', path), true, path);
  }
});

test('the lock is not used without such a step', () => {
  for (const path of ['-', 'config/', 'x.imgpkg/images.yml', '.imgpkg/bundle.yml']) {
    assert.equal(kbld(path), false, path);
  }
  assert.equal(
    parsePackageTemplate({ template: [{ kbld: {} }, { ytt: { paths: ['.imgpkg/images.yml'] } }] }).usesLock,
    false,
  );
});

test('fetch steps are told by kind, with what they name where that can be read', () => {
  const template = parsePackageTemplate({
    fetch: [
      { imgpkgBundle: { image: 'r/a@1' } },
      { image: { url: 'r/b' } },
      { git: { url: 'https://git.example/c' } },
      { helmChart: { name: 'd', repository: { url: 'https://charts.example' } } },
      { inline: { paths: {} } },
      { imgpkgBundle: { image: null } },
      { magic: {} },
    ],
  });
  assert.deepEqual(template.fetches, [
    { kind: 'imgpkgBundle', source: 'r/a@1' },
    { kind: 'image', source: 'r/b' },
    { kind: 'git', source: 'https://git.example/c' },
    { kind: 'helmChart', source: 'https://charts.example' },
    { kind: 'inline' },
    { kind: 'imgpkgBundle' },
    { kind: 'unknown' },
  ]);
  assert.deepEqual(fetchedImages(template), ['r/a@1', 'r/b']);
});
