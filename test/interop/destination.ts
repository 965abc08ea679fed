import assert from 'node:assert/strict';

import { parse } from 'yaml';

import type { RawRepository } from '../support/raw-registry.ts';
import type { Differences } from './differences.ts';

const LOCATIONS = '.image-locations.imgpkg';

/** A repository as it is compared. */
export interface Destination {
  /** Without what depends on Go's gzip: locations images and their own tags. */
  readonly tags: ReadonlyMap<string, string>;
  /** image-locations.yml by the locations image's tag. */
  readonly locations: ReadonlyMap<string, string>;
}

export async function readDestination(repository: RawRepository): Promise<Destination> {
  const all = await repository.tags();
  const tags = new Map(all);
  const locations = new Map<string, string>();
  for (const [tag, digest] of all) {
    if (!tag.endsWith(LOCATIONS)) continue;
    locations.set(tag, await repository.onlyFile(tag));
    const own = `${digest.replace(':', '-')}.imgpkg`;
    assert.equal(all.get(own), digest, `${repository.name}: ${tag} has no tag of its own`);
    tags.delete(tag);
    tags.delete(own);
  }
  return { tags, locations };
}

/** Fails unless the repositories are alike in all that imgpkg promises. */
export function assertSameDestination(
  ours: Destination,
  theirs: Destination,
  what: string,
  ambiguous: ReadonlySet<string>,
  found: Differences,
): void {
  const [our, their] = [sorted(ours.tags), sorted(theirs.tags)];
  if (JSON.stringify(our) !== JSON.stringify(their)) {
    const inAnyRepository = (tags: ReadonlyMap<string, string>) => sorted(withoutRepositories(tags, ambiguous));
    assert.deepEqual(inAnyRepository(ours.tags), inAnyRepository(theirs.tags), `${what}: tags`);
    found.note('repository-based tags with another of the names that a digest has');
  }
  assert.deepEqual([...ours.locations.keys()].sort(), [...theirs.locations.keys()].sort(), `${what}: locations tags`);
  for (const [tag, expected] of theirs.locations) {
    const text = ours.locations.get(tag) ?? '';
    if (text === expected) continue;
    // imgpkg lists a digest that has two names under any of them.
    assert.deepEqual(unnamedIn(text, ambiguous), unnamedIn(expected, ambiguous), `${what}: ${tag}`);
    found.note('locations file with another name for a digest that has two');
  }
}

/** With `--repo-based-tags`, tags of ambiguous digests carry any of their repositories, or each. */
function withoutRepositories(
  tags: ReadonlyMap<string, string>,
  ambiguous: ReadonlySet<string>,
): ReadonlyMap<string, string> {
  const entries = [...tags].map(([tag, digest]): [string, string] => [
    ambiguous.has(digest) ? tag.replace(/^.*-(?=sha256-[0-9a-f]{64}\.imgpkg$)/, '') : tag,
    digest,
  ]);
  return new Map(entries);
}

function sorted(tags: ReadonlyMap<string, string>): [string, string][] {
  return [...tags].sort(([a], [b]) => (a < b ? -1 : 1));
}

function unnamedIn(text: string, ambiguous: ReadonlySet<string>): [string, boolean][] {
  const { images } = parse(text) as { images: { image: string; isBundle: boolean }[] | null };
  const name = (image: string) => {
    const digest = image.slice(image.indexOf('@') + 1);
    return ambiguous.has(digest) ? digest : image;
  };
  return (images ?? [])
    .map(({ image, isBundle }): [string, boolean] => [name(image), isBundle])
    .sort(([a], [b]) => (a < b ? -1 : 1));
}
