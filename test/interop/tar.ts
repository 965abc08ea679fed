import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';

import { sha256 } from '../support/raw-registry.ts';
import type { Differences } from './differences.ts';

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

/** Fails unless two tars have the same entries in the same order with the same headers and content. */
export async function assertSameTar(ourPath: string, theirPath: string, found: Differences): Promise<void> {
  const [ours, theirs] = await Promise.all([readTar(ourPath), readTar(theirPath)]);
  assert.deepEqual(
    ours.map(({ name, content }) => [name, content.byteLength]),
    theirs.map(({ name, content }) => [name, content.byteLength]),
    'names, order and sizes of entries',
  );
  for (const [index, { name, header, content }] of theirs.entries()) {
    const our = ours[index];
    assert.ok(our !== undefined && our.header.equals(header), `the header of ${name}`);
    if (name === 'manifest.json') assertSameManifest(our.content, content, found);
    else assert.ok(our.content.equals(content), `the content of ${name === '' ? 'the trailer' : name}`);
    if (name.startsWith('sha256-')) {
      assert.equal(`${sha256(our.content).replace(':', '-')}.tar.gz`, name, 'the layer is what its name says');
    }
  }
}

function assertSameManifest(ours: Buffer, theirs: Buffer, found: Differences): void {
  if (ours.equals(theirs)) return;
  const [our, their] = [JSON.parse(ours.toString()) as unknown[], JSON.parse(theirs.toString()) as unknown[]];
  const [first, second] = [our, their].map((items) => JSON.stringify(items));
  if (first === second) {
    found.note('manifest.json with other escapes');
    return;
  }
  // Items of one digest (under two names) have the same sort key: imgpkg leaves their order open.
  const inOrder = (items: unknown[]) => items.map((item) => JSON.stringify(item)).sort();
  assert.deepEqual(inOrder(our), inOrder(their), 'manifest.json');
  found.note('manifest.json with items of one digest in another order');
}
