import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import { describe, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';

import { bytesOf, withServer } from '../../support/blob-server.ts';

const LARGE = randomBytes(1_500_000);

/** Each as packets of their own, as far as the system lets that be seen. */
async function sendInParts(socket: Socket, bytes: Uint8Array, size: () => number): Promise<void> {
  for (let done = 0; done < bytes.byteLength;) {
    const part = bytes.subarray(done, done + Math.max(1, size()));
    done += part.byteLength;
    socket.write(part);
    await turn();
  }
}

const head = (...lines: string[]) =>
  Buffer.from(`HTTP/1.1 200 OK\r\n${lines.map((line) => `${line}\r\n`).join('')}\r\n`);

function chunked(bytes: Buffer, size: number): Buffer {
  const parts: Buffer[] = [];
  for (let done = 0; done < bytes.byteLength; done += size) {
    const part = bytes.subarray(done, done + size);
    parts.push(Buffer.from(`${part.byteLength.toString(16)};name="value"\r\n`), part, Buffer.from('\r\n'));
  }
  return Buffer.concat([...parts, Buffer.from('0\r\nChecksum: none\r\n\r\n')]);
}

describe('the body of a blob', () => {
  const framings: readonly (readonly [what: string, head: Buffer, bytes: (body: Buffer) => Buffer, closes: boolean])[] =
    [
      ['counted', head(`Content-Length: ${LARGE.byteLength}`), (body) => body, false],
      ['in chunks', head('Transfer-Encoding: Chunked'), (body) => chunked(body, 70_001), false],
      ['up to the end of the connection', head('Content-Type: text/plain'), (body) => body, true],
    ];
  for (const [what, start, bytes, closes] of framings) {
    test(`that is ${what} is read as sent, however it is split into packets`, async () => {
      const sizes = [() => 1_000_000, () => 65_536, () => 1 + Math.floor(Math.random() * 20_000)];
      const answer = (socket: Socket, index: number, connection: number) =>
        void sendInParts(socket, Buffer.concat([start, bytes(LARGE)]), sizes[index + connection] ?? (() => 5000)).then(
          () => closes && socket.end(),
        );
      await withServer(answer, async ({ get, server }) => {
        for (const _ of sizes) assert.ok((await bytesOf((await get()).body)).equals(LARGE));
        assert.equal(server.connections.length, closes ? sizes.length : 1);
      });
    });
  }

  test('that arrives byte by byte is read', async () => {
    const whole = Buffer.concat([head('Transfer-Encoding: chunked'), chunked(Buffer.from('some bytes of it'), 5)]);
    await withServer(
      (socket) => void sendInParts(socket, whole, () => 1),
      async ({ get }) => assert.equal(String(await bytesOf((await get()).body)), 'some bytes of it'),
    );
  });

  test('is passed without copying only on request', async () => {
    const whole = Buffer.concat([head(`Content-Length: ${LARGE.byteLength}`), LARGE]);
    await withServer(
      (socket) => void socket.write(whole),
      async ({ get }) => {
        const kept: { piece: Uint8Array; copy: Buffer }[] = [];
        const body = (await get({ zeroCopy: true })).body;
        for await (const piece of body) kept.push({ piece, copy: Buffer.from(piece) });
        assert.ok(Buffer.concat(kept.map(({ copy }) => copy)).equals(LARGE));
        const memory = new Set(kept.map(({ piece }) => piece.buffer));
        // One that is filled, two that wait, one that is read.
        assert.ok(memory.size <= 4, `${memory.size} buffers`);
      },
    );
  });

  test('is not read ahead without limit while its reader waits', async () => {
    const size = 64 * 1024 * 1024;
    let sent = 0;
    const part = Buffer.alloc(1024 * 1024);
    const fill = (socket: Socket) => {
      let goesOn = true;
      for (; sent < size && goesOn; sent += part.byteLength) goesOn = socket.write(part);
      if (!goesOn) socket.once('drain', () => fill(socket));
    };
    const answer = (socket: Socket) => {
      socket.write(head(`Content-Length: ${size}`));
      fill(socket);
    };
    await withServer(answer, async ({ get }) => {
      const { body } = await get({ zeroCopy: true });
      for (let before = -1; before !== sent; await new Promise((resolve) => setTimeout(resolve, 200))) before = sent;
      assert.ok(sent < size, `${sent} of ${size}`);
      let bytes = 0;
      for await (const piece of body) bytes += piece.byteLength;
      assert.equal(bytes, size);
    });
  });

  test('that ends too early is a lost connection', async () => {
    for (const whole of [
      Buffer.concat([head('Content-Length: 10'), Buffer.from('123')]),
      Buffer.concat([head('Transfer-Encoding: chunked'), Buffer.from('5\r\n123')]),
      Buffer.concat([head('Transfer-Encoding: chunked'), Buffer.from('3\r\n123\r\n')]),
    ]) {
      await withServer(
        (socket) => void socket.end(whole),
        async ({ get }) => {
          const { body } = await get();
          await assert.rejects(bytesOf(body), { kind: 'connection-lost' });
        },
      );
    }
  });

  test('that stops halfway is a lost connection after the timeout', async () => {
    await withServer(
      (socket) => void socket.write(Buffer.concat([head('Content-Length: 10'), Buffer.from('123')])),
      async ({ get }) => {
        const { body } = await get();
        await assert.rejects(bytesOf(body), { kind: 'connection-lost', message: /no data for 0\.03 s/ });
      },
      { stallTimeout: 30 },
    );
  });

  test('does not time out while its reader takes nothing', async () => {
    await withServer(
      (socket) => void socket.write(Buffer.concat([head(`Content-Length: ${LARGE.byteLength}`), LARGE])),
      async ({ get }) => {
        const pieces = (await get()).body[Symbol.asyncIterator]();
        let bytes = (await pieces.next()).value?.byteLength ?? 0;
        await new Promise((resolve) => setTimeout(resolve, 120));
        for (let piece = await pieces.next(); piece.done !== true; piece = await pieces.next()) {
          bytes += piece.value.byteLength;
        }
        assert.equal(bytes, LARGE.byteLength);
      },
      { stallTimeout: 30 },
    );
  });

  test('is closed with its connection when discarded, unless little of it is left', async () => {
    const bodies = [Buffer.alloc(100), LARGE, Buffer.alloc(100)];
    const answer = (socket: Socket) => {
      const body = bodies.shift() ?? Buffer.alloc(0);
      socket.write(Buffer.concat([head(`Content-Length: ${body.byteLength}`), body]));
    };
    await withServer(answer, async ({ get, server }) => {
      await (await get()).body.discard();
      const pieces = (await get()).body[Symbol.asyncIterator]();
      await pieces.next();
      assert.equal(server.connections.length, 1);
      await pieces.return?.();
      assert.equal((await bytesOf((await get()).body)).byteLength, 100);
      assert.equal(server.connections.length, 2);
    });
  });

  test('ends when the signal aborts', async () => {
    const stop = new AbortController();
    await withServer(
      (socket) => void socket.write(Buffer.concat([head('Content-Length: 10'), Buffer.from('123')])),
      async ({ get, server }) => {
        const reading = bytesOf((await get({ signal: stop.signal })).body);
        stop.abort();
        await assert.rejects(reading, { name: 'AbortError' });
        await new Promise((resolve) => server.connections[0]?.once('close', resolve));
      },
    );
  });
});
