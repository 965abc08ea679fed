import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { describe, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';

import { BufferPool } from '../../../src/net/wire/socket-reader.ts';
import type { HttpProtocolError } from '../../../src/net/wire/http-protocol-error.ts';
import { type OpenSocket, WirePool } from '../../../src/net/wire/wire-pool.ts';
import { bytesOf, withServer } from '../../support/blob-server.ts';

describe('a connection for blobs', () => {
  const again: readonly (readonly [what: string, answer: string, closes: boolean, connections: number])[] = [
    ['is used again', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok', false, 1],
    [
      'is used again, whatever else is in Connection',
      'HTTP/1.1 200 OK\r\nConnection: a, b\r\nContent-Length: 2\r\n\r\nok',
      false,
      1,
    ],
    [
      'is not used again after "close"',
      'HTTP/1.1 200 OK\r\nConnection: Close\r\nContent-Length: 2\r\n\r\nok',
      false,
      2,
    ],
    ['is not used again with HTTP/1.0', 'HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok', false, 2],
    [
      'is used again with HTTP/1.0 that says so',
      'HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok',
      false,
      1,
    ],
    ['is not used again where more came than the answer', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokay', false, 2],
    [
      'is not used again with HTTP/1.0 that says both',
      'HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok',
      false,
      2,
    ],
    [
      'is used again with a later HTTP/1, which is read as 1.1',
      'HTTP/1.2 200 OK\r\nContent-Length: 2\r\n\r\nok',
      false,
      1,
    ],
    [
      'is used again where an empty line comes before the answer',
      '\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok',
      false,
      1,
    ],
    [
      'is used again after a folded line, and the fold is a space (RFC 9112, 5.2)',
      'HTTP/1.1 200 OK\r\nConnection: a,\r\n\tb\r\nContent-Length:\r\n 2\r\n\r\nok',
      false,
      1,
    ],
    [
      'is not used again after a folded "close"',
      'HTTP/1.1 200 OK\r\nConnection: a,\r\n close\r\nContent-Length: 2\r\n\r\nok',
      false,
      2,
    ],
    [
      'is used again where lists have empty elements (RFC 9110, 5.6.1)',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: , chunked ,\r\n\r\n2\r\nok\r\n0\r\n\r\n',
      false,
      1,
    ],
    [
      'is used again where one line has the same length twice',
      'HTTP/1.1 200 OK\r\nContent-Length: 2,2\r\n\r\nok',
      false,
      1,
    ],
    [
      'is used again after chunks with padded lengths, extensions and trailers',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0000000000000002 ;a="b ;c"\r\nok\r\n000;x\r\nSum: 1\r\n\r\n',
      false,
      1,
    ],
    ['is not used again where the server has closed it', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok', true, 2],
    [
      'is not used again where the server keeps it for no longer than a second',
      'HTTP/1.1 200 OK\r\nKeep-Alive: timeout=1, max=9\r\nContent-Length: 2\r\n\r\nok',
      false,
      2,
    ],
    [
      'is used again within the time for which the server keeps it',
      'HTTP/1.1 200 OK\r\nKeep-Alive: timeout=60\r\nContent-Length: 2\r\n\r\nok',
      false,
      1,
    ],
    [
      'passes over what comes before the answer',
      'HTTP/1.1 103 Early\r\nLink: </>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok',
      false,
      1,
    ],
  ];
  for (const [what, answer, closes, connections] of again) {
    test(what, async () => {
      await withServer(
        (socket) => void (closes ? socket.end(answer) : socket.write(answer)),
        async ({ get, server }) => {
          for (const _ of ['once', 'twice']) {
            assert.equal(String(await bytesOf((await get()).body)), 'ok');
            if (closes) await new Promise((resolve) => setTimeout(resolve, 20));
          }
          assert.equal(server.connections.length, connections);
        },
      );
    });
  }

  test('is one of at most 16; a request that waits for one can be canceled', async () => {
    const open: Socket[] = [];
    await withServer(
      (socket) => void open.push(socket),
      async ({ get, server }) => {
        const answers = Array.from({ length: 16 }, () => get());
        while (open.length < 16) await turn();
        const stop = new AbortController();
        const [given, last] = [get({ signal: stop.signal }), get()];
        await new Promise((resolve) => setTimeout(resolve, 30));
        assert.equal(server.connections.length, 16);
        stop.abort();
        await assert.rejects(given, { name: 'AbortError' });
        const answer = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
        open.shift()?.write(answer);
        await Promise.race(answers.map(async (each) => bytesOf((await each).body)));
        while (open.length < 16) await turn();
        open.at(-1)?.write(answer);
        assert.equal(String(await bytesOf((await last).body)), 'ok');
        assert.equal(server.connections.length, 16);
        for (const each of answers) each.catch(() => undefined);
      },
    );
  });
});

describe('when all connections have been closed', () => {
  test('no request waits for one, and none is opened', async () => {
    const open: Socket[] = [];
    await withServer(
      (socket) => void open.push(socket),
      async ({ get, close, server }) => {
        const answers = Array.from({ length: 50 }, () => get());
        while (open.length < 16) await turn();
        const ends = Promise.allSettled(answers);
        await close();
        assert.ok((await ends).every(({ status }) => status === 'rejected'));
        await assert.rejects(get(), { name: 'AbortError' });
        assert.equal(server.connections.length, 16);
      },
    );
  });

  test('connections that are being opened are aborted, and requests waiting for them end', async () => {
    const ends: AbortSignal[] = [];
    const open: OpenSocket = (_, stop) => {
      ends.push(stop);
      return new Promise((_resolve, reject) => stop.addEventListener('abort', () => reject(new Error('aborted'))));
    };
    const pool = new WirePool(open, 2, new BufferPool(1024));
    const { signal } = new AbortController();
    const taken = Promise.allSettled(Array.from({ length: 9 }, () => pool.take(signal)));
    while (ends.length < 2) await turn();
    pool.destroy();
    const reasons = (await taken).map((each) =>
      each.status === 'rejected' ? (each.reason as HttpProtocolError).code : '',
    );
    assert.deepEqual(
      reasons,
      Array.from({ length: 9 }, () => 'WIRE_CLOSED'),
    );
    assert.equal(ends.length, 2);
  });
});

test('there are as many connections for blobs as requests are allowed at once', async () => {
  const open: Socket[] = [];
  await withServer(
    (socket) => void open.push(socket),
    async ({ get }) => {
      const answers = Promise.allSettled(Array.from({ length: 64 }, () => get()));
      while (open.length < 64) await turn();
      for (const socket of open) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
      assert.ok((await answers).every(({ status }) => status === 'fulfilled'));
    },
    { concurrency: 64 },
  );
});

describe('a blob response is rejected with', () => {
  const wrong: readonly (readonly [what: string, answer: string])[] = [
    ['it is no HTTP', 'SSH-2.0-OpenSSH_9.6\r\n\r\n'],
    ['it is another HTTP', 'HTTP/2 200\r\n\r\n'],
    ['its status is no number', 'HTTP/1.1 2OO OK\r\n\r\n'],
    ['it switched protocols', 'HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n'],
    ['its lines do not end with CRLF', 'HTTP/1.1 200 OK\nContent-Length: 2\n\nok'],
    ['its first line is folded', 'HTTP/1.1 200 OK\r\n A: b\r\nContent-Length: 2\r\n\r\nok'],
    ['a folded value has a bare CR', 'HTTP/1.1 200 OK\r\nA: b\r\n c\rContent-Length: 2\r\n\r\nok'],
    ['a folded length is another one', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n 3\r\n\r\nokk'],
    [
      'HTTP/1.0 has a transfer coding (RFC 9112, 6.1)',
      'HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n',
    ],
    ['one of its lengths is another one', 'HTTP/1.1 200 OK\r\nContent-Length: 2,3\r\n\r\nokk'],
    ['its length is empty', 'HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\nok'],
    ['its length has a sign', 'HTTP/1.1 200 OK\r\nContent-Length: +2\r\n\r\nok'],
    ['it is chunked twice', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n'],
    ['a chunk line has a bare CR', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;a\rb\r\nok\r\n0\r\n\r\n'],
    ['a chunk line ends with LF alone', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\nok\r\n0\r\n\r\n'],
    ['a name has a space', 'HTTP/1.1 200 OK\r\nContent-Length : 2\r\n\r\nok'],
    ['a value has a bare CR', 'HTTP/1.1 200 OK\r\nA: b\rContent-Length: 2\r\n\r\nok'],
    ['it has two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nokk'],
    [
      'it has a length and chunks',
      'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    ],
    ['its length is negative', 'HTTP/1.1 200 OK\r\nContent-Length: -2\r\n\r\nok'],
    ['its length is too large to count', 'HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\nok'],
    ['its transfer coding is not known', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\nok'],
    ['a chunk has no length', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n'],
    ['a chunk has a negative length', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-2\r\nok\r\n'],
    ['a chunk is longer than its size', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nokay\r\n0\r\n\r\n'],
    ['a value is nothing but blanks, and then no text', `HTTP/1.1 200 OK\r\nA:${' '.repeat(60_000)}\0\r\n\r\n`],
    ['its header has no end', `HTTP/1.1 200 OK\r\n${'A: b\r\n'.repeat(20_000)}`],
    ['a line has no end', `HTTP/1.1 200 OK\r\nA: ${'b'.repeat(100_000)}`],
    [
      'its trailer has no end',
      `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n${'A: b\r\n'.repeat(20_000)}`,
    ],
  ];
  for (const [what, answer] of wrong) {
    test(what, async () => {
      await withServer(
        (socket) => void socket.write(answer),
        async ({ get, server }) => {
          const read = async () => bytesOf((await get()).body);
          await assert.rejects(read(), { kind: 'response-invalid' });
          const [connection] = server.connections;
          if (connection?.destroyed === false) await new Promise((resolve) => connection.once('close', resolve));
        },
      );
    });
  }

  test('the same length several times is not rejected', async () => {
    await withServer(
      (socket) => void socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nok'),
      async ({ get }) => assert.equal(String(await bytesOf((await get()).body)), 'ok'),
    );
  });

  const without: readonly (readonly [what: string, answer: string, connections: number])[] = [
    ['204', 'HTTP/1.1 204 No Content\r\n\r\n', 1],
    ['204 with a length of 0', 'HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n', 1],
    // What it announces may follow, and be taken for the next answer.
    ['204 with a length', 'HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n', 2],
    ['204 with chunks', 'HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n', 2],
    ['304 with the length of what has not changed', 'HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n', 1],
  ];
  for (const [what, answer, connections] of without) {
    test(`a response without content has no body: ${what}`, async () => {
      await withServer(
        (socket) => void socket.write(answer),
        async ({ get, server }) => {
          for (const _ of ['once', 'twice']) assert.equal((await bytesOf((await get()).body)).byteLength, 0);
          assert.equal(server.connections.length, connections);
        },
      );
    });
  }

  test('a response with an undefined status has a body (RFC 9110, 15)', async () => {
    await withServer(
      (socket) => void socket.write('HTTP/1.1 799 Odd\r\nContent-Length: 2\r\n\r\nok'),
      async ({ get }) => {
        const { status, body } = await get();
        assert.equal(status, 799);
        assert.equal(String(await bytesOf(body)), 'ok');
      },
    );
  });

  test('a response that does not come times out', async () => {
    await withServer(
      () => undefined,
      async ({ get }) => {
        await assert.rejects(get(), { kind: 'timeout' });
      },
      { responseHeaderTimeout: 30 },
    );
  });
});
