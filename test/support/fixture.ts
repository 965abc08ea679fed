import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

import type { RawRepository } from './raw-registry.ts';

const folder = new URL('../fixtures/example-packages/', import.meta.url);

/** The tar written by the real imgpkg. */
export const fixtureTar = fileURLToPath(new URL('example-packages.tar', folder));
/** The digest of its root bundle. */
export const fixtureDigest = 'sha256:21efc89e5df8c37cc942c7c992de7b4477a956a34f3f195801ed711eaf425527';
/** Its bundles; each gets a locations image. */
export const fixtureBundles = [
  fixtureDigest,
  'sha256:01ea3dd4a6e9a6447c4b882a86032e1bd5ffab9b74ba71a39e4ce6da19f4f911',
  'sha256:b281400c2f9e9a93516119e5c1dfc0b4e99cbba9603aca2ab9a38795312356bd',
];

/** Tags and digests written to the destination by the real imgpkg. */
export async function fixtureTags(): Promise<Map<string, string>> {
  const text = await readFile(new URL('destination-tags.txt', folder), 'utf8');
  return new Map(
    text
      .trim()
      .split('\n')
      .map((line) => line.split(' ') as [string, string]),
  );
}

/** The locations file that the real imgpkg wrote for a bundle. */
export function fixtureLocations(bundle: string): Promise<string> {
  return readFile(
    new URL(`image-locations-${bundle.slice('sha256:'.length, 'sha256:'.length + 12)}.yml`, folder),
    'utf8',
  );
}

/** The lock written by the real imgpkg. */
export function fixtureLock(): Promise<string> {
  return readFile(new URL('bundle.lock.yml', folder), 'utf8');
}

/** Compares a repository with the one written by the real imgpkg. */
export async function assertLikeFixture(repository: RawRepository): Promise<void> {
  const [tags, expected] = [await repository.tags(), await fixtureTags()];
  // A locations image's digest depends on Go's gzip, so its content is compared instead, and its tag with that digest.
  for (const bundle of fixtureBundles) {
    const tag = `${bundle.replace(':', '-')}.image-locations.imgpkg`;
    assert.equal(await repository.onlyFile(tag), await fixtureLocations(bundle));
    const [ours = '', theirs = ''] = [tags.get(tag), expected.get(tag)];
    assert.equal(tags.get(`${ours.replace(':', '-')}.imgpkg`), ours);
    tags.delete(`${ours.replace(':', '-')}.imgpkg`);
    expected.delete(`${theirs.replace(':', '-')}.imgpkg`);
    tags.delete(tag);
    expected.delete(tag);
  }
  assert.deepEqual(tags, expected);
}
