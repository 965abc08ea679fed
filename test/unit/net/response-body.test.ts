import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { describe, test } from 'node:test';

import { ResponseBody } from '../../../src/net/http/response-body.ts';
import { networkError } from '../../../src/net/network-error.ts';
import { bytesOf, withServer } from '../../support/blob-server.ts';

const at = { host: 'r.example', onBehalfOf: 'r.example', step: 'GET http://r.example/v2/' };
const fail = (error: unknown) => networkError(error, at);
const open = () => new Readable({ read: () => undefined });

async function all(body: ResponseBody): Promise<string> {
  const pieces: Uint8Array[] = [];
  for await (const piece of body) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}

describe('the body of a response', () => {
  test('is read in order to its end', async () => {
    const stream = open();
    const read = all(new ResponseBody(stream, fail));
    for (const text of ['one ', 'two ', 'three']) stream.push(text);
    stream.push(null);
    assert.equal(await read, 'one two three');
  });

  test('reports where it failed while being read', async () => {
    const stream = open();
    const read = all(new ResponseBody(stream, fail));
    stream.push('one');
    stream.destroy(new Error('cut'));
    await assert.rejects(read, (error: Error) => error.message.includes('r.example'));
  });

  test('that failed before it was read ends at once', async () => {
    const stream = open();
    const failed = once(stream, 'close');
    stream.destroy(new Error('cut'));
    await assert.rejects(failed, { message: 'cut' });
    await assert.rejects(all(new ResponseBody(stream, fail)), (error: Error) => error.message.includes('r.example'));
  });

  test('that was closed before it was read ends at once', async () => {
    const stream = open();
    stream.destroy();
    await once(stream, 'close');
    await assert.rejects(all(new ResponseBody(stream, fail)));
  });

  test('that ended before it was read is empty', async () => {
    const stream = Readable.from([]);
    stream.resume();
    await once(stream, 'end');
    assert.equal(await all(new ResponseBody(stream, fail)), '');
  });

  test('is closed if its reader stops', async () => {
    const stream = open();
    stream.push('one');
    for await (const _ of new ResponseBody(stream, fail)) break;
    assert.equal(stream.destroyed, true);
  });
});

describe('a response to a small request is rejected with', () => {
  const wrong: readonly (readonly [what: string, answer: string])[] = [
    ['its body has another transfer coding', 'Transfer-Encoding: gzip, chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n'],
    ['it has two lengths', 'Content-Length: 2\r\nContent-Length: 3\r\n\r\nokk'],
    ['it has a length and chunks', 'Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n'],
    ['a name has a space', 'Content-Length : 2\r\n\r\nok'],
    ['a chunk is longer than its size', 'Transfer-Encoding: chunked\r\n\r\n2\r\nokay\r\n0\r\n\r\n'],
  ];
  for (const [what, answer] of wrong) {
    test(what, async () => {
      await withServer(
        (socket) => void socket.write(`HTTP/1.1 200 OK\r\n${answer}`),
        async ({ get }) => {
          const read = async () => bytesOf((await get({ lane: 'small' })).body);
          await assert.rejects(read(), { kind: 'response-invalid' });
        },
      );
    });
  }
});

describe('a connection for small requests is not reused after', () => {
  const last: readonly (readonly [what: string, answer: string])[] = [
    ['after "close"', '200 OK\r\nConnection: a, Close\r\nContent-Length: 0\r\n\r\n'],
    ['where more came than the answer', '200 OK\r\nContent-Length: 0\r\n\r\n{"more"'],
    ['after a 204 that announces a body', '204 No Content\r\nContent-Length: 5\r\n\r\n'],
  ];
  for (const [what, answer] of last) {
    test(what, async () => {
      await withServer(
        (socket) => void socket.write(`HTTP/1.1 ${answer}`),
        async ({ get, server }) => {
          for (const _ of ['once', 'twice'])
            assert.equal(String(await bytesOf((await get({ lane: 'small' })).body)), '');
          assert.equal(server.connections.length, 2);
        },
      );
    });
  }
});
