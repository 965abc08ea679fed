import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { describe, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';

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

  test('is one of 16 at the most; who waits for one can go', async () => {
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

test('connections for blobs are not waited for, nor made, when all have been closed', async () => {
  const open: Socket[] = [];
  await withServer(
    (socket) => void open.push(socket),
    async ({ get, close, server }) => {
      const answers = Array.from({ length: 20 }, () => get());
      while (open.length < 16) await turn();
      const ends = Promise.allSettled(answers);
      await close();
      assert.ok((await ends).every(({ status }) => status === 'rejected'));
      assert.equal(server.connections.length, 16);
    },
  );
});

describe('an answer for a blob is refused where', () => {
  const wrong: readonly (readonly [what: string, answer: string])[] = [
    ['it is no HTTP', 'SSH-2.0-OpenSSH_9.6\r\n\r\n'],
    ['it is another HTTP', 'HTTP/2 200\r\n\r\n'],
    ['its status is no number', 'HTTP/1.1 2OO OK\r\n\r\n'],
    ['it changes the protocol', 'HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n'],
    ['its lines do not end with CRLF', 'HTTP/1.1 200 OK\nContent-Length: 2\n\nok'],
    ['a line is folded', 'HTTP/1.1 200 OK\r\nA: b\r\n c\r\nContent-Length: 2\r\n\r\nok'],
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
    ['a chunk is longer than it says', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nokay\r\n0\r\n\r\n'],
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
          await assert.rejects(read(), { code: 'oci.response-invalid' });
          const [connection] = server.connections;
          if (connection?.destroyed === false) await new Promise((resolve) => connection.once('close', resolve));
        },
      );
    });
  }

  test('the same length several times is none of that', async () => {
    await withServer(
      (socket) => void socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nok'),
      async ({ get }) => assert.equal(String(await bytesOf((await get()).body)), 'ok'),
    );
  });

  test('nor has an answer without content a body', async () => {
    await withServer(
      (socket) => void socket.write('HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n'),
      async ({ get, server }) => {
        for (const _ of ['once', 'twice']) assert.equal((await bytesOf((await get()).body)).byteLength, 0);
        assert.equal(server.connections.length, 1);
      },
    );
  });

  test('nor is one that does not come waited for without end', async () => {
    await withServer(
      () => undefined,
      async ({ get }) => {
        await assert.rejects(get(), { code: 'oci.timeout' });
      },
      { responseHeaderTimeout: 30 },
    );
  });
});
