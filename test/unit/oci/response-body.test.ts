import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { describe, test } from 'node:test';

import { ResponseBody } from '../../../src/oci/http/response-body.ts';

const AT = { host: 'r.example', registry: 'r.example', step: 'GET http://r.example/v2/' };
const open = () => new Readable({ read: () => undefined });

async function all(body: ResponseBody): Promise<string> {
  const pieces: Uint8Array[] = [];
  for await (const piece of body) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}

describe('the body of an answer', () => {
  test('is read in order to its end', async () => {
    const stream = open();
    const read = all(new ResponseBody(stream, AT));
    for (const text of ['one ', 'two ', 'three']) stream.push(text);
    stream.push(null);
    assert.equal(await read, 'one two three');
  });

  test('that fails while it is read says where', async () => {
    const stream = open();
    const read = all(new ResponseBody(stream, AT));
    stream.push('one');
    stream.destroy(new Error('cut'));
    await assert.rejects(read, (error: Error) => error.message.includes('r.example'));
  });

  test('that failed before anybody read it is not waited for', async () => {
    const stream = open();
    const failed = once(stream, 'close');
    stream.destroy(new Error('cut'));
    await assert.rejects(failed, { message: 'cut' });
    await assert.rejects(all(new ResponseBody(stream, AT)), (error: Error) => error.message.includes('r.example'));
  });

  test('that was closed before anybody read it is not waited for', async () => {
    const stream = open();
    stream.destroy();
    await once(stream, 'close');
    await assert.rejects(all(new ResponseBody(stream, AT)));
  });

  test('that ended before anybody read it is empty', async () => {
    const stream = Readable.from([]);
    stream.resume();
    await once(stream, 'end');
    assert.equal(await all(new ResponseBody(stream, AT)), '');
  });

  test('is given up where nobody goes on', async () => {
    const stream = open();
    stream.push('one');
    for await (const _ of new ResponseBody(stream, AT)) break;
    assert.equal(stream.destroyed, true);
  });
});
