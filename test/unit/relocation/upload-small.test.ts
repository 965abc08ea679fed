import assert from 'node:assert/strict';
import { test } from 'node:test';

import { anonymous } from '../../../src/oci/auth/credentials.ts';
import { digestOf } from '../../../src/oci/digest.ts';
import { createRegistries } from '../../../src/oci/registries.ts';
import type { BlobCopy } from '../../../src/relocation/destination.ts';
import { uploadBlob } from '../../../src/relocation/upload/upload.ts';
import { startHttpServer } from '../../support/http-server.ts';

const signal = new AbortController().signal;

/** A registry that has the blobs of `present`, and answers a POST only when its blob has been opened if `waits` says so. */
async function scene(present: readonly string[] = []) {
  const log: string[] = [];
  const opened = new Map<string, PromiseWithResolvers<void>>();
  const openedOf = (content: string) => {
    const known = opened.get(content) ?? Promise.withResolvers<void>();
    opened.set(content, known);
    return known;
  };
  const waits = new Set<string>();
  const contents = new Map<string, string>();
  const server = await startHttpServer((request, answer) => {
    const { method = '', url = '' } = request;
    const digest = new URL(url, 'http://registry').searchParams.get(method === 'PUT' ? 'digest' : 'mount') ?? '';
    const content = contents.get(digest) ?? '';
    if (method === 'GET') {
      answer.writeHead(200).end();
      return;
    }
    log.push(`${method} ${content}`);
    const begin = () => answer.writeHead(202, { location: `/v2/app/blobs/uploads/${content}` }).end();
    request.resume().on('end', () => {
      if (method === 'DELETE') answer.writeHead(204).end();
      else if (method === 'PUT' || present.includes(content)) answer.writeHead(201).end();
      else if (waits.has(content)) void openedOf(content).promise.then(begin);
      else begin();
    });
  });
  const registries = createRegistries({ retryCount: 1 }, anonymous, 'destination');
  const target = {
    uploads: registries.writer(server.host).uploads,
    path: 'app',
    isThere: () => assert.fail('the next start shows this'),
    readBack: () => assert.fail('the bytes are verified here'),
    inMemory: { expectMissing: false },
  };
  const put = (content: string, bytes = content) => {
    const digest = digestOf(Buffer.from(content));
    contents.set(digest, content);
    const copy: BlobCopy = {
      descriptor: { mediaType: 'application/octet-stream', digest, size: content.length },
      lane: 'small',
      open: () => {
        log.push(`open ${content}`);
        openedOf(content).resolve();
        const body = Object.assign(oneChunk(bytes), { discard: () => Promise.resolve() });
        return Promise.resolve({ body, where: 'the source' });
      },
      onBytes: () => undefined,
      onSeek: () => undefined,
      onKept: () => undefined,
      rest: () => undefined,
      onRetry: () => undefined,
    };
    return uploadBlob(target, copy, signal);
  };
  const stop = async () => {
    await registries.close();
    await server.stop();
  };
  return { log, waits, put, stop };
}

async function* oneChunk(text: string): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(Buffer.from(text));
}

test('a small blob is read while its upload starts, once the repository turned out to lack blobs', async () => {
  const { log, waits, put, stop } = await scene();
  try {
    assert.equal(await put('first'), 'copied');
    assert.deepEqual(log.splice(0), ['POST first', 'open first', 'PUT first'], 'nothing is known yet');
    waits.add('second');
    assert.equal(await put('second'), 'copied');
    assert.equal(log.at(-1), 'PUT second', 'the POST was answered when the blob had been opened');
  } finally {
    await stop();
  }
});

test('a small blob that is present is not read, nor is the next one before its response', async () => {
  const { log, put, stop } = await scene(['there', 'also there']);
  try {
    await put('first');
    assert.equal(await put('there'), 'present');
    log.splice(0);
    assert.equal(await put('also there'), 'present');
    assert.deepEqual(log.splice(0), ['POST also there']);
    assert.equal(await put('new'), 'copied');
    assert.deepEqual(log.splice(0), ['POST new', 'open new', 'PUT new']);
  } finally {
    await stop();
  }
});

test('a small blob with wrong bytes is never sent, and its upload is canceled', async () => {
  const { log, put, stop } = await scene();
  try {
    await put('first');
    log.splice(0);
    await assert.rejects(put('right', 'wrong'), { code: 'oci.digest-mismatch' });
    assert.ok(log.every((entry) => !entry.startsWith('PUT')));
    assert.equal(log.filter((entry) => entry.startsWith('DELETE')).length, 2, 'both attempts');
  } finally {
    await stop();
  }
});
