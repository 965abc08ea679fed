import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { checkPackages } from '../../../src/packaging/documents/check-package.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;
const packageWith = (fetch: string): string => `# ours
apiVersion: data.packaging.carvel.dev/v1alpha1
kind: Package
metadata: {name: a.apps.test.1.0.0}
spec:
  template:
    spec:
      fetch:
      - inline: {}
      - ${fetch}
`;
const bundle = (image: string, constraints = '1.x'): string =>
  `imgpkgBundle:\n          image: "${image}"\n          tagSelection:\n            semver: {constraints: "${constraints}"}`;
const codes = (source: string): string[] => checkPackages(source).map(({ code, severity }) => `${severity} ${code}`);

describe('a Package', () => {
  test('with a tagSelection in addition to a digest or a tag cannot be fetched', () => {
    for (const image of [`r.example/app@${DIGEST}`, 'r.example/app:v1']) {
      const source = packageWith(bundle(image));
      const [finding, ...more] = checkPackages(source);
      assert.deepEqual([finding?.code, finding?.severity, more], ['tag-and-selection', 'error', []]);
      assert.equal(source.slice(finding?.place.start, finding?.place.end), `"${image}"`);
      const texts = finding?.fixes.map(({ edits }) =>
        edits.reduce((text, edit) => text.slice(0, edit.start) + edit.text + text.slice(edit.end), source),
      );
      assert.deepEqual(texts, [
        packageWith(bundle('r.example/app')),
        packageWith(`imgpkgBundle:\n          image: "${image}"`),
      ]);
    }
  });

  test('with a tagSelection of a bundle loses it in a relocation', () => {
    assert.deepEqual(codes(packageWith(bundle('r.example/app'))), ['warning selection-relocated']);
  });

  test('may select the tag of a plain image, which kbld ignores', () => {
    assert.deepEqual(codes(packageWith('image: {url: r.example/app, tagSelection: {semver: {}}}')), []);
    const fixed = `image: {url: "r.example/app@${DIGEST}", tagSelection: {semver: {}}}`;
    assert.deepEqual(codes(packageWith(fixed)), ['error tag-and-selection']);
  });

  test('has a constraint that vendir can read', () => {
    assert.deepEqual(codes(packageWith(bundle('r.example/app', '~1.2'))), [
      'warning selection-relocated',
      'error constraint-invalid',
    ]);
  });

  test('without a tagSelection is not checked, nor are other kinds', () => {
    assert.deepEqual(codes(packageWith(`imgpkgBundle: {image: "r.example/app@${DIGEST}"}`)), []);
    const other = packageWith(bundle(`r.example/app@${DIGEST}`));
    assert.deepEqual(codes(other.replace('kind: Package', 'kind: PackageMetadata')), []);
    assert.deepEqual(codes(other.replace('data.packaging', 'other')), []);
    assert.deepEqual(codes(`${other}  broken: [`), []);
  });
});

test('an App is checked by its own fetch steps, and keeps its tagSelection', () => {
  const app = (image: string): string => `apiVersion: kappctrl.k14s.io/v1alpha1
kind: App
spec: {fetch: [{imgpkgBundle: {image: "${image}", tagSelection: {semver: {}}}}]}
`;
  assert.deepEqual(codes(app('r.example/app')), []);
  assert.deepEqual(codes(app('r.example/app:v1')), ['error tag-and-selection']);
});
