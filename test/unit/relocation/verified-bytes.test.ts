import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { digestOf } from '../../../src/oci/digest.ts';
import type { BlobCopy } from '../../../src/relocation/destination.ts';
import { VerifiedBytes } from '../../../src/relocation/upload/verified-bytes.ts';

const content = Buffer.from('what the blob holds, from its first byte to its last');

/** A blob whose bytes come one by one, and never end where `isEndless`. */
function copyOf(bytes: Buffer, opened: number[], isEndless = false): BlobCopy {
  const ignore = () => undefined;
  async function* body(offset: number) {
    for (const byte of bytes.subarray(offset)) yield await Promise.resolve(Buffer.from([byte]));
    if (!isEndless) return;
    for (;;) {
      await new Promise(setImmediate);
      yield Buffer.alloc(1);
    }
  }
  return {
    descriptor: { mediaType: 'x', digest: digestOf(content), size: isEndless ? 1e9 : content.byteLength },
    lane: 'blob',
    open(_, offset) {
      opened.push(offset);
      return Promise.resolve({ body: body(offset), where: 'the source' });
    },
    onBytes: ignore,
    onSeek: ignore,
    onKept: () => undefined,
    rest: () => undefined,
    onRetry: ignore,
  };
}

async function drain(bytes: AsyncIterable<Uint8Array>): Promise<string> {
  let text = '';
  for await (const chunk of bytes) text += Buffer.from(chunk).toString();
  return text;
}

describe('the bytes of a blob', () => {
  const { signal } = new AbortController();

  test('that the receiver already has are not read, and then nothing is verified here', async () => {
    const opened: number[] = [];
    const bytes = new VerifiedBytes(copyOf(content, opened), signal);
    bytes.skip(10);
    assert.equal(await drain(bytes.take(content.byteLength - 10)), content.subarray(10).toString());
    assert.deepEqual([opened, bytes.isAtEnd, bytes.isVerified], [[10], true, false]);
  });

  test('are verified again if they are read from the first one on', async () => {
    const opened: number[] = [];
    const other = Buffer.from(content).fill('X', 20, 21);
    const bytes = new VerifiedBytes(copyOf(other, opened), signal);
    bytes.skip(10);
    await bytes.rewind(0);
    assert.equal(bytes.isVerified, true);
    await assert.rejects(drain(bytes.take(content.byteLength)), { code: 'oci.digest-mismatch' });
    assert.deepEqual(opened, [0]);
  });

  test('are not passed to a reader from before a restart, however late their source opens', async () => {
    const copy = copyOf(content, []);
    const opening: (() => void)[] = [];
    const open: BlobCopy['open'] = async (stop, offset) => {
      await new Promise<void>((resolve) => opening.push(resolve));
      return copy.open(stop, offset);
    };
    const bytes = new VerifiedBytes({ ...copy, open }, signal);
    const before = bytes.take(content.byteLength).next();
    await bytes.rewind(0);
    opening[0]?.();
    assert.equal((await before).done, true);
    assert.equal(bytes.position, 0);
    const after = drain(bytes.take(content.byteLength));
    opening[1]?.();
    assert.equal(await after, content.toString());
  });

  test('are correct in their last piece even if the source reuses its buffer', async () => {
    async function* reused() {
      const memory = Buffer.alloc(20);
      for (let done = 0; done < content.byteLength; done += 20) {
        const length = content.copy(memory, 0, done, done + 20);
        yield await Promise.resolve(memory.subarray(0, length));
        memory.fill('-');
      }
    }
    const open = () => Promise.resolve({ body: reused(), where: 'the source' });
    const bytes = new VerifiedBytes({ ...copyOf(content, []), open }, signal);
    assert.equal(await drain(bytes.take(content.byteLength)), content.toString());
  });

  test('stop when the signal aborts, even if a disk keeps delivering them', async () => {
    for (const read of [
      (bytes: VerifiedBytes) => drain(bytes.take(1e9)),
      async (bytes: VerifiedBytes) => bytes.begin((await copyOf(content, [], true).open(signal, 0)).body),
    ]) {
      const controller = new AbortController();
      const reading = read(new VerifiedBytes(copyOf(content, [], true), controller.signal));
      setImmediate(() => controller.abort());
      await assert.rejects(reading, { name: 'AbortError' });
    }
  });
});
