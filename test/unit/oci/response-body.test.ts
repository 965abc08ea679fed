import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { describe, test } from 'node:test';

import { networkError } from '../../../src/oci/http/network-errors.ts';
import { ResponseBody } from '../../../src/oci/http/response-body.ts';

const at = { host: 'r.example', registry: 'r.example', step: 'GET http://r.example/v2/' };
const fail = (error: unknown) => networkError(error, at);
const open = () => new Readable({ read: () => undefined });

async function all(body: ResponseBody): Promise<string> {
  const pieces: Uint8Array[] = [];
  for await (const piece of body) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}

describe('the body of an answer', () => {
  test('is read in order to its end', async () => {
    const stream = open();
    const read = all(new ResponseBody(stream, fail));
    for (const text of ['one ', 'two ', 'three']) stream.push(text);
    stream.push(null);
    assert.equal(await read, 'one two three');
  });

  test('that fails while it is read says where', async () => {
    const stream = open();
    const read = all(new ResponseBody(stream, fail));
    stream.push('one');
    stream.destroy(new Error('cut'));
    await assert.rejects(read, (error: Error) => error.message.includes('r.example'));
  });

  test('that failed before anybody read it is not waited for', async () => {
    const stream = open();
    const failed = once(stream, 'close');
    stream.destroy(new Error('cut'));
    await assert.rejects(failed, { message: 'cut' });
    await assert.rejects(all(new ResponseBody(stream, fail)), (error: Error) => error.message.includes('r.example'));
  });

  test('that was closed before anybody read it is not waited for', async () => {
    const stream = open();
    stream.destroy();
    await once(stream, 'close');
    await assert.rejects(all(new ResponseBody(stream, fail)));
  });

  test('that ended before anybody read it is empty', async () => {
    const stream = Readable.from([]);
    stream.resume();
    await once(stream, 'end');
    assert.equal(await all(new ResponseBody(stream, fail)), '');
  });

  test('is given up where nobody goes on', async () => {
    const stream = open();
    stream.push('one');
    for await (const _ of new ResponseBody(stream, fail)) break;
    assert.equal(stream.destroyed, true);
  });
});
