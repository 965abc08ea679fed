import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parseGoDuration } from '../../../src/packaging/go-duration.ts';
import { parsePackage } from '../../../src/packaging/package.ts';
import { parsePackageRepository } from '../../../src/packaging/package-repository.ts';
import { recorded, recordedJson, repositoryWith } from './recorded.ts';

test('a recorded Package names its origin and what its App will fetch', () => {
  const list = JSON.parse(
    readFileSync(new URL('../../fixtures/statuses/succeeded-but-hole-a.json', import.meta.url), 'utf8'),
  ) as { items: unknown[] };
  const found = list.items.map(parsePackage).filter((item) => item !== undefined);
  assert.ok(found.length > 0);
  assert.deepEqual(found[0]?.repository, { namespace: 'hole-a', name: 'repo' });
  assert.deepEqual([found[0].refName, found[0].version], ['web.apps.example.com', '1.0.0']);
  assert.match(
    found[0].images[0] ?? '',
    /^vendor\.example:5003\/packages\/web@sha256:/,
    'it still points at the source',
  );
});

test('a Package created by hand, or with an unreadable reference, belongs to no repository', () => {
  const made = (annotation?: string): unknown =>
    parsePackage({
      metadata: {
        name: 'a.b.c.1.0.0',
        namespace: 'demo',
        ...(annotation && { annotations: { 'packaging.carvel.dev/package-repository-ref': annotation } }),
      },
      spec: { refName: 'a.b.c', version: '1.0.0' },
    })?.repository;
  assert.deepEqual([undefined, 'x', 'x/', 'x/y/z', 'x/y'].map(made), [
    undefined,
    undefined,
    undefined,
    undefined,
    { namespace: 'x', name: 'y' },
  ]);
});

test('a repository is read with its source, Secret and status', () => {
  const repository = recorded('wrong-password');
  assert.equal(repository.source.kind === 'imgpkgBundle' && repository.source.secretName, 'pull');
  assert.equal(repository.status?.condition?.type, 'ReconcileFailed');
  assert.equal(repository.status.fetch?.startedAt, Date.parse('2026-11-22T10:34:40Z'));
});

test('of several fetch directives, the one that kapp-controller uses counts', () => {
  const fetch = { imgpkgBundle: { image: 'a' }, image: { url: 'b' } };
  assert.deepEqual(repositoryWith({ spec: { fetch } }).source, { kind: 'image', url: 'b' });
  assert.deepEqual(repositoryWith({ spec: { fetch: null } }).source, { kind: 'none' });
});

test('other objects are rejected, and unknown fields are omitted', () => {
  const valid = recordedJson('succeeded') as object;
  for (const odd of [
    null,
    5,
    'x',
    [],
    {},
    { ...valid, kind: 'Pod' },
    { ...valid, metadata: { name: 5, namespace: 'a' } },
  ]) {
    assert.equal(parsePackageRepository(odd), undefined);
  }
  const repository = parsePackageRepository({ ...valid, spec: 'none', status: [] });
  assert.deepEqual([repository?.source, repository?.status, repository?.paused], [{ kind: 'none' }, undefined, false]);
});

test('durations beyond 64 bits of nanoseconds are rejected, as in Go', () => {
  for (const [value, isGood] of [
    ['2562047h47m16.854775807s', true],
    ['2562047h47m16.854775808s', false],
    ['-2562047h47m16.854775808s', true],
    ['99999999h', false],
    ['9223372036854775807ns', true],
    ['9223372036854775808ns', false],
    ['106752d', false],
    ['.5h', true],
    ['1.s', true],
    ['.s', false],
    ['1\u00b5s1\u03bcs', true],
    ['+1m', true],
    ['--1m', false],
    ['00', false],
    ['1m ', false],
  ] as const) {
    assert.equal(parseGoDuration(value) !== undefined, isGood, value);
  }
});

test('durations are parsed as in Go', () => {
  assert.deepEqual(['10m', '1h30m', '1.5h', '300ms', '0', '-5s', '1d', '5', '', 'm', '1h 5m'].map(parseGoDuration), [
    600_000,
    5_400_000,
    5_400_000,
    300,
    0,
    -5000,
    undefined,
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});
