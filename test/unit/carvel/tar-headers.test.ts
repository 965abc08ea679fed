import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { parseTarHeader } from '../../../src/carvel/tar/header.ts';
import { TarReader } from '../../../src/carvel/tar/tar-reader.ts';
import { tarFile } from '../../support/raw-registry.ts';

/** An entry with changed header bytes and the right checksum for them. */
function entry(name: string, content: string | Buffer, change: (header: Buffer) => void, signed = false): Buffer {
  const tar = tarFile(name, Buffer.from(content)).subarray(0, -1024);
  change(tar.subarray(0, 512));
  tar.write('        ', 148, 'latin1');
  let sum = 0;
  for (let index = 0; index < 512; index++) sum += signed ? tar.readInt8(index) : tar.readUInt8(index);
  tar.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return tar;
}

const typed = (type: string) => (header: Buffer) => header.write(type, 156, 'latin1');
const plain = (name: string, content: string) => tarFile(name, Buffer.from(content)).subarray(0, -1024);

/** Path and content of the regular files in a tar of these entries. */
async function filesOf(...entries: Buffer[]): Promise<[string, string][]> {
  async function* stream() {
    yield await Promise.resolve(Buffer.concat([...entries, Buffer.alloc(1024)]));
  }
  const reader = new TarReader(stream());
  const files: [string, string][] = [];
  for (let found = await reader.next(); found !== undefined; found = await reader.next()) {
    if (found.isFile) files.push([found.path, (await reader.content(10_000)).toString()]);
  }
  return files;
}

describe('a tar may have', () => {
  test('names that a GNU header or a PAX header before an entry gives', async () => {
    const long = `${'folder/'.repeat(30)}file`;
    const gnu = entry('././@LongLink', `${long}\0`, typed('L'));
    const pax = entry('PaxHeaders/x', `9 size=3\n${String(long.length + 10)} path=${long}\n`, typed('x'));
    const expected = [[`/${long}`, 'abc']];
    assert.deepEqual(await filesOf(gnu, plain('x', 'abc')), expected);
    assert.deepEqual(await filesOf(pax, plain('x', 'abc')), expected);
    assert.deepEqual(await filesOf(entry('K', 'target\0', typed('K')), gnu, plain('x', 'abc')), expected);
  });

  test('an empty PAX value, which does not undo a value of the header itself', async () => {
    assert.deepEqual(await filesOf(entry('p', '8 path=\n', typed('x')), plain('x', 'abc')), [['/x', 'abc']]);
  });

  test('a global PAX header, which does not apply to the entries after it', async () => {
    const global = entry('pax_global_header', '14 path=other\n9 size=1\n', typed('g'));
    assert.deepEqual(await filesOf(global, plain('x', 'abc')), [['/x', 'abc']]);
  });

  test('regular files of the older types', async () => {
    const old = [entry('a', 'one', typed('\0')), entry('b', 'two', typed('7'))];
    assert.deepEqual(await filesOf(...old), [
      ['/a', 'one'],
      ['/b', 'two'],
    ]);
  });

  test('a folder or link with a size but without content', async () => {
    const size = (header: Buffer) => header.write('00000010000\0', 124, 'latin1');
    for (const type of ['1', '2', '5']) {
      const sized = entry('folder', '', (header) => {
        typed(type)(header);
        size(header);
      });
      assert.deepEqual(await filesOf(sized, plain('x', 'abc')), [['/x', 'abc']], type);
    }
  });

  test('a checksum of signed bytes', () => {
    const tar = entry('ü', 'abc', () => undefined, true);
    assert.equal(parseTarHeader(tar.subarray(0, 512))?.name, 'ü');
  });
});

test('a damaged or oversized extended header, which is rejected', async () => {
  const damaged = entry('p', '99 path=x\n', typed('x'));
  await assert.rejects(filesOf(damaged, plain('x', 'abc')), { name: 'RangeError' });
  const negative = entry('p', '11 size=-1\n', typed('x'));
  await assert.rejects(filesOf(negative, plain('x', 'abc')), /impossible size/);
  const large = entry('p', Buffer.alloc(2 * 1024 * 1024), typed('x'));
  await assert.rejects(filesOf(large), /too large/);
});
