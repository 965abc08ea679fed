import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Package } from '../../../src/packaging/package.ts';
import { parsePackageRepository } from '../../../src/packaging/package-repository.ts';
import type { PackageRepository } from '../../../src/packaging/package-repository.ts';
import { placeOf } from '../../../src/packaging/image-place.ts';
import { conflictingRepositories } from '../../../src/packaging/conflicting-repositories.ts';
import { stalePackages } from '../../../src/packaging/stale-packages.ts';

const [one, two] = ['1', '2'].map((digit) => `sha256:${digit.repeat(64)}`) as [string, string];

function repository(name: string, image: string, more: object = {}): PackageRepository {
  const spec = { fetch: { imgpkgBundle: { image } } };
  const value = parsePackageRepository({ metadata: { name, namespace: 'team', ...more }, spec });
  assert.ok(value);
  return value;
}

const wanted = (image: string) => ({ namespace: 'team', name: 'new', image });
const conflicts = (image: string, ...others: PackageRepository[]): [string, boolean][] =>
  conflictingRepositories(wanted(image), others).map(({ repository, certain }) => [repository.name, certain]);

test('the same bundle from another location is a certain conflict', () => {
  assert.deepEqual(conflicts(`b.example/mirror/p@${one}`, repository('old', `a.example/vendor/x@${one}`)), [
    ['old', true],
  ]);
});

test('the same bundle from the same location is not a conflict, because its Packages are identical', () => {
  assert.deepEqual(conflicts(`a.example/p@${one}`, repository('old', `a.example/p@${one}`)), []);
});

test('another bundle from a repository of the same name may be a conflict, also by tag', () => {
  assert.deepEqual(conflicts(`b.example:5000/mirror/p@${one}`, repository('old', `a.example/vendor/p@${two}`)), [
    ['old', false],
  ]);
  assert.deepEqual(conflicts('b.example:5000/mirror/p:v2', repository('old', 'a.example/vendor/p:v1')), [
    ['old', false],
  ]);
});

test('the digest that a tag resolved to counts', () => {
  const stdout = `Lock config\n\napiVersion: vendir.k14s.io/v1alpha1\ndirectories:\n- contents:\n  - imgpkgBundle:\n      image: a.example/x@${one}\n`;
  const old = { ...repository('old', 'a.example/x:v1'), status: { fetch: { stdout } } };
  assert.deepEqual(conflicts(`b.example/p@${one}`, old), [['old', true]]);
});

test("unrelated, deleted and other namespaces' repositories, and the repository itself, are not conflicts", () => {
  const image = `b.example/p@${one}`;
  assert.deepEqual(conflicts(image, repository('old', `a.example/q@${two}`)), []);
  assert.deepEqual(conflicts(image, repository('old', `a.example/p@${one}`, { namespace: 'other' })), []);
  assert.deepEqual(
    conflicts(image, repository('old', `a.example/p@${one}`, { deletionTimestamp: '2026-11-22T10:00:00Z' })),
    [],
  );
  assert.deepEqual(
    conflicts(image, repository('new', `a.example/p@${one}`), repository('old', `c.example/p@${one}`)),
    [],
  );
});

test('the repository of a reference is the part before tag and digest', () => {
  for (const [image, place] of [
    ['r.example:5000/a/b:v1', 'r.example:5000/a/b'],
    [`r.example:5000/a/b@${one}`, 'r.example:5000/a/b'],
    [`r.example:5000/a/b:v1@${one}`, 'r.example:5000/a/b'],
    ['r.example:5000/a', 'r.example:5000/a'],
  ] as const) {
    assert.equal(placeOf(image).repository, place);
  }
});

test('Packages that still refer to the old location after a retarget are stale, and no others', () => {
  const pack = (name: string, image: string, owner = 'repo'): Package => ({
    namespace: 'team',
    name,
    refName: name,
    version: '1.0.0',
    images: [image],
    template: { fetches: [], steps: [] },
    repository: { namespace: 'team', name: owner },
  });
  const packages = [
    pack('stale', `old.example/p@${two}`),
    pack('fresh', `new.example/p@${two}`),
    pack('elsewhere', `third.example/p@${two}`),
    pack('of-another', `old.example/p@${two}`, 'other'),
  ];
  const stale = (before: string, after: string): string[] =>
    stalePackages(packages, { namespace: 'team', name: 'repo' }, before, after).map(({ name }) => name);
  assert.deepEqual(stale(`old.example/p@${one}`, `new.example/p@${one}`), ['stale']);
  assert.deepEqual(stale('old.example/p:v1', 'old.example/p:v2'), [], 'another tag of the same place');
});
