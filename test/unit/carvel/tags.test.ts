import assert from 'node:assert/strict';
import { test } from 'node:test';

import { compareTags } from '../../../src/carvel/tag-order.ts';
import { isInternalTag, repoBasedTag } from '../../../src/carvel/tags.ts';
import { parseDigest } from '../../../src/oci/digest.ts';

const hex = 'ab'.repeat(32);

test('tags are sorted newest version first, then names', () => {
  const shuffled = [
    'latest',
    '1.2.0',
    'v1.10.0',
    'v1.9.0',
    '2.0.0-rc.2',
    '2.0.0',
    'alpha',
    '2.0.0-rc.10',
    '1.2',
    '2.0.0-alpha',
  ];
  assert.deepEqual(shuffled.sort(compareTags), [
    '2.0.0',
    '2.0.0-rc.10',
    '2.0.0-rc.2',
    '2.0.0-alpha',
    'v1.10.0',
    'v1.9.0',
    '1.2.0',
    '1.2',
    'alpha',
    'latest',
  ]);
});

test('the order of tags is total', () => {
  const tags = [
    '1',
    '1.0',
    '1.0.0',
    'v1',
    '1.0.0+a',
    '1.0.0+b',
    '1.0.0-a',
    'x',
    'X',
    '99999999999999999999.0.0',
    '1.0.0-1',
    '1.0.0-1.a',
  ];
  for (const a of tags) {
    assert.equal(compareTags(a, a), 0);
    for (const b of tags) assert.equal(Math.sign(compareTags(a, b)), -Math.sign(compareTags(b, a)) || 0, `${a} ${b}`);
  }
});

test('tags that tools create for themselves are recognized', () => {
  for (const tag of [
    `sha256-${hex}.imgpkg`,
    `sha256-${hex}.image-locations.imgpkg`,
    `sha256-${hex}.sig`,
    `sha256-${hex}.att`,
    `sha256-${hex}.sbom`,
    `sha256-${hex}`,
    `apps-web-sha256-${hex}.imgpkg`,
  ]) {
    assert.ok(isInternalTag(tag), tag);
  }
  for (const tag of ['v1.0.0', 'latest', 'sha256', 'my.sig', 'imgpkg']) assert.ok(!isInternalTag(tag), tag);
});

// Vectors derived from imgpkg's repo_based_tag_generator.go; test/registry/options.test.ts compares with the real imgpkg.
test('a repository-based tag fits into 128 characters and names the origin of the image', () => {
  const digest = parseDigest(`sha256:${hex}`, 'test');
  const tag = (reference: string) => repoBasedTag(reference, digest).slice(0, -`-sha256-${hex}.imgpkg`.length);
  assert.equal(tag(`registry.example:5000/apps/web@${digest}`), 'apps-web');
  assert.equal(tag(`registry.example/-_.apps/we+b@${digest}`), '_.apps-web');
  const long = repoBasedTag(`registry.example/${'a'.repeat(60)}/b@${digest}`, digest);
  assert.equal(long.length, 49 + 1 + 71 + 7);
  assert.ok(long.startsWith(`${'a'.repeat(47)}-b-sha256-`));
});
