import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { findFilesInTar } from '../../../src/carvel/tar/find-files.ts';
import { tarFile } from '../../support/raw-registry.ts';

const LIMITS = { file: 1000, total: 1500 };

/** A tar of these files, in pieces that end anywhere. */
async function* tarOf(...files: [string, string][]): AsyncGenerator<Uint8Array> {
  const parts = files.map(([name, text]) => tarFile(name, Buffer.from(text)).subarray(0, -1024));
  const tar = Buffer.concat([...parts, Buffer.alloc(1024)]);
  for (let offset = 0; offset < tar.byteLength; offset += 333) yield tar.subarray(offset, offset + 333);
}

const isYaml = (path: string): boolean => path.endsWith('.yml');
const read = async (...files: [string, string][]): Promise<Record<string, string>> => {
  const found = await findFilesInTar(tarOf(...files), isYaml, LIMITS);
  return Object.fromEntries([...found].map(([path, content]) => [path, content.toString()]));
};

describe('files of a tar', () => {
  test('are those that were requested, under their cleaned paths', async () => {
    assert.deepEqual(await read(['./a/b.yml', 'one'], ['a/c.txt', 'no'], ['x/../../d.yml', 'two'], ['e.yml', '']), {
      'a/b.yml': 'one',
      'd.yml': 'two',
      'e.yml': '',
    });
  });

  test('are the last ones of each path, as when unpacking', async () => {
    assert.deepEqual(await read(['a.yml', 'first'], ['./a.yml', 'last']), { 'a.yml': 'last' });
  });

  test('are rejected if one is too large, or all together', async () => {
    await assert.rejects(read(['a.yml', 'x'.repeat(1001)]), /more than the 1000 that are accepted/);
    await assert.rejects(read(['a.yml', 'x'.repeat(800)], ['b.yml', 'x'.repeat(800)]), /the limit of 1500 bytes/);
    await read(['a.txt', 'x'.repeat(5000)], ['b.yml', 'x'.repeat(800)]);
  });

  test('are rejected if the tar is truncated', async () => {
    async function* cut(): AsyncGenerator<Uint8Array> {
      for await (const chunk of tarOf(['a.yml', 'x'.repeat(900)])) {
        yield chunk.subarray(0, 200);
        return;
      }
    }
    await assert.rejects(findFilesInTar(cut(), isYaml, LIMITS), /ends/);
  });
});
