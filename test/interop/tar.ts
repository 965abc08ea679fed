import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';

import { sha256 } from '../support/raw-registry.ts';
import type { Differences } from './differences.ts';
import { jsonDifferences } from './json-difference.ts';
import { unnamed } from './manifest-items.ts';

interface Entry {
  readonly name: string;
  readonly header: Buffer;
  readonly content: Buffer;
}

/** Reads a tar by hand; the rest after the last entry is one more "entry" without a name. */
async function readTar(path: string): Promise<Entry[]> {
  const bytes = await readFile(path);
  const entries: Entry[] = [];
  let offset = 0;
  while (offset < bytes.byteLength && bytes[offset] !== 0) {
    const header = bytes.subarray(offset, offset + 512);
    const size = Number.parseInt(header.toString('latin1', 124, 135), 8);
    const name = header.toString('utf8', 0, 100).replace(/\0.*$/s, '');
    const content = bytes.subarray(offset + 512, offset + 512 + size);
    entries.push({ name, header, content });
    offset += 512 + Math.ceil(size / 512) * 512;
  }
  entries.push({ name: '', header: Buffer.alloc(0), content: bytes.subarray(offset) });
  return entries;
}

/**
 * Fails unless two tars have the same entries in the same order with the same headers and content. `ambiguous`: digests
 * that locks name more than once.
 */
export async function assertSameTar(
  ourPath: string,
  theirPath: string,
  ambiguous: ReadonlySet<string>,
  found: Differences,
): Promise<void> {
  const [[ourFirst, ...ours], [theirFirst, ...theirs]] = await Promise.all([readTar(ourPath), readTar(theirPath)]);
  assert.equal(ourFirst?.name, 'manifest.json');
  assert.equal(theirFirst?.name, 'manifest.json');
  if (ourFirst.content.equals(theirFirst.content)) {
    assert.ok(ourFirst.header.equals(theirFirst.header), 'the header of manifest.json');
    found.note('manifest.json equal to the byte');
  } else {
    assertSameManifest(ourFirst.content, theirFirst.content, ambiguous, found);
  }
  const names = (entries: readonly Entry[]) => entries.map(({ name, content }) => [name, content.byteLength]);
  assert.deepEqual(names(ours), names(theirs), 'names, order and sizes of entries');
  for (const [index, { name, header, content }] of theirs.entries()) {
    const our = ours[index];
    assert.ok(our !== undefined && our.header.equals(header), `the header of ${name}`);
    assert.ok(our.content.equals(content), `the content of ${name === '' ? 'the trailer' : name}`);
    if (name !== '')
      assert.equal(`${sha256(our.content).replace(':', '-')}.tar.gz`, name, 'a layer is what it is called');
  }
}

function assertSameManifest(ours: Buffer, theirs: Buffer, ambiguous: ReadonlySet<string>, found: Differences): void {
  const [our, their] = [ours, theirs].map((bytes) => JSON.parse(bytes.toString()) as unknown[]);
  if (JSON.stringify(our) === JSON.stringify(their)) {
    found.note('manifest.json with other escapes');
    return;
  }
  const differences = [...jsonDifferences(unnamed(our ?? [], ambiguous), unnamed(their ?? [], ambiguous))];
  assert.ok(differences.length === 0, `manifest.json: ${differences.slice(0, 10).join('\n')}`);
  found.note('manifest.json with another name, place or order for a digest that locks name more than once');
}
