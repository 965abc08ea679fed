import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';

import { HttpTransport } from '../../../src/net/http/transport.ts';
import type { HttpRequest, HttpResponse } from '../../../src/net/http/message.ts';
import type { NetworkSettings } from '../../../src/net/network-settings.ts';
import { createAuthority, type Certificate } from '../../support/certificates.ts';
import { startHttpServer } from '../../support/http-server.ts';
import { makeTemporaryFolder, type TemporaryFolder } from '../../support/lifetime.ts';
import { startTcpServer } from '../../support/tcp-server.ts';

const { signal } = new AbortController();
const LARGE = randomBytes(1_500_000);

let folder: TemporaryFolder;
let certificate: Certificate;
let caFile: string;
before(async () => {
  folder = await makeTemporaryFolder('wire');
  const authority = await createAuthority(folder.path, 'ca');
  ({ certFile: caFile } = authority);
  certificate = await authority.issueServer('server', ['127.0.0.1', 'localhost']);
});
after(() => folder.remove());

async function* inPieces(bytes: Buffer, size = 100_000): AsyncGenerator<Uint8Array> {
  // One memory for all, as a source that reuses its buffer has.
  const memory = Buffer.alloc(size);
  for (let done = 0; done < bytes.byteLength; done += size) {
    const length = bytes.copy(memory, 0, done, done + size);
    yield await Promise.resolve(memory.subarray(0, length));
  }
}

async function bytesOf(body: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of body) pieces.push(Buffer.from(piece));
  return Buffer.concat(pieces);
}

type Send = (request: Partial<HttpRequest> & { body?: HttpRequest['body'] }) => Promise<HttpResponse>;

async function withTransport(origin: string, use: (send: Send) => Promise<void>, settings: NetworkSettings = {}) {
  const transport = new HttpTransport(settings);
  const url = new URL(`${origin}/v2/app/blobs/uploads/1?state=a%2Fb`);
  try {
    await use((request) =>
      transport.send({ method: 'PUT', url, onBehalfOf: url.host, headers: {}, lane: 'blob', signal, ...request }),
    );
  } finally {
    await transport.close();
  }
}

const length = (bytes: number) => ({ 'content-length': String(bytes) });

async function echo(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { method, url, headers } = request;
  const body = await bytesOf(request);
  response.setHeader('x-request', JSON.stringify({ method, url, host: headers.host, agent: headers['user-agent'] }));
  response.end(body);
}

describe('a blob that is sent', () => {
  test('arrives unchanged, over http and https, from one buffer or in one piece', async () => {
    for (const tls of [undefined, certificate]) {
      const server = await startHttpServer((request, response) => void echo(request, response), tls);
      const settings = { servers: [{ host: server.host, caFiles: [caFile] }] };
      try {
        await withTransport(
          `${tls === undefined ? 'http' : 'https'}://${server.host}`,
          async (send) => {
            for (const body of [inPieces(LARGE), LARGE, inPieces(LARGE, 7919)]) {
              const answer = await send({ body, headers: length(LARGE.byteLength), zeroCopy: true });
              assert.equal(answer.status, 200);
              assert.deepEqual(JSON.parse(answer.header('X-Request') ?? ''), {
                method: 'PUT',
                url: '/v2/app/blobs/uploads/1?state=a%2Fb',
                host: server.host,
                agent: 'carvel-airgap',
              });
              assert.ok((await bytesOf(answer.body)).equals(LARGE));
            }
          },
          settings,
        );
      } finally {
        await server.stop();
      }
    }
  });

  test('finds a server that listens on only one of the addresses of its name', async () => {
    for (const tls of [undefined, certificate]) {
      const server = await startHttpServer((request, response) => void echo(request, response), tls);
      const host = server.host.replace('127.0.0.1', 'localhost');
      await withTransport(
        `${tls === undefined ? 'http' : 'https'}://${host}`,
        async (send) => {
          const answer = await send({ body: inPieces(LARGE), headers: length(LARGE.byteLength) });
          assert.ok((await bytesOf(answer.body)).equals(LARGE));
        },
        { servers: [{ host, caFiles: [caFile] }] },
      );
      await server.stop();
    }
  });

  test('is no longer sent after a response that does not need it, and the connection is not reused', async () => {
    let [received, connections] = [0, 0];
    const server = await startTcpServer((socket) => {
      connections++;
      let isAnswered = false;
      socket.on('data', (chunk) => {
        received += chunk.byteLength;
        if (!isAnswered) socket.write('HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n\r\nno!');
        isAnswered = true;
      });
    });
    await withTransport(`http://${server.host}`, async (send) => {
      for (const _ of ['once', 'twice']) {
        const closed = Promise.withResolvers<void>();
        const size = 1024 * 1024 * 1024;
        const body = async function* () {
          try {
            const piece = Buffer.alloc(64 * 1024);
            for (let sent = 0; sent < size; sent += piece.byteLength) {
              yield piece;
              await delay(1);
            }
          } finally {
            closed.resolve();
          }
        };
        const answer = await send({ body: body(), headers: length(size) });
        assert.equal(answer.status, 413);
        await closed.promise;
        assert.equal(String(await bytesOf(answer.body)), 'no!');
      }
      assert.equal(connections, 2);
      assert.ok(received < 64 * 1024 * 1024, String(received));
    });
    await server.stop();
  });

  test('fails with the error of its source, and never looks complete', async () => {
    const body = async function* () {
      yield Buffer.alloc(10);
      await delay(1);
      throw new Error('the source is broken');
    };
    let text = '';
    const server = await startTcpServer((socket) => socket.on('data', (chunk) => (text += String(chunk))));
    await withTransport(`http://${server.host}`, async (send) => {
      await assert.rejects(send({ body: body(), headers: length(20) }), { message: /the source is broken/ });
      const [connection] = server.connections;
      if (connection?.destroyed === false) await once(connection, 'close');
      assert.equal(text.split('\r\n\r\n')[1]?.length, 10);
    });
    await server.stop();
  });

  test('that is shorter or longer than announced never looks complete', async () => {
    for (const said of [LARGE.byteLength + 1, LARGE.byteLength - 1]) {
      let isWhole = false;
      const server = createServer((request) => request.on('end', () => (isWhole = true)).resume());
      await once(server.listen(0, '127.0.0.1'), 'listening');
      const { port } = server.address() as { port: number };
      await withTransport(`http://127.0.0.1:${port}`, async (send) => {
        await assert.rejects(send({ body: inPieces(LARGE), headers: length(said) }), { kind: 'connection-lost' });
      });
      server.closeAllConnections();
      await once(server.close(), 'close');
      assert.equal(isWhole, false);
    }
  });

  test('has no time limit while it is sent, and one for the response afterwards', async () => {
    let received = 0;
    const server = await startHttpServer((request) =>
      request.on('data', (chunk: Buffer) => (received += chunk.length)),
    );
    const slow = async function* () {
      for (let sent = 0; sent < 5; sent++) {
        await delay(20);
        yield Buffer.alloc(1);
      }
    };
    await withTransport(
      `http://${server.host}`,
      async (send) => {
        await assert.rejects(send({ body: slow(), headers: length(5) }), { kind: 'timeout' });
        assert.equal(received, 5);
      },
      { responseHeaderTimeout: 30 },
    );
    await server.stop();
  });

  test('ends with the signal: before it is sent, while it is sent, and while waiting for the response', async () => {
    const sockets: Socket[] = [];
    const server = await startTcpServer((socket) => void sockets.push(socket.pause()));
    await withTransport(`http://${server.host}`, async (send) => {
      await assert.rejects(send({ signal: AbortSignal.abort() }), { name: 'AbortError' });
      const endless = async function* () {
        for (;;) yield await Promise.resolve(Buffer.alloc(1024 * 1024));
      };
      for (const [body, size] of [
        [endless(), 2 ** 40],
        [LARGE.subarray(0, 1000), 1000],
      ] as const) {
        const stop = new AbortController();
        const sent = send({ signal: stop.signal, body, headers: length(size) });
        while (sockets.length === 0) await delay(1);
        await delay(20);
        stop.abort();
        await assert.rejects(sent, { name: 'AbortError' });
        const closed = once(sockets[0] as Socket, 'close');
        sockets.shift()?.resume();
        await closed;
      }
    });
    await server.stop();
  });

  test('reports a lost connection if the server closes before it responds', async () => {
    const server = await startTcpServer((socket) => socket.on('data', () => socket.end()));
    await withTransport(`http://${server.host}`, async (send) => {
      await assert.rejects(send({ body: LARGE.subarray(0, 10), headers: length(10) }), { kind: 'connection-lost' });
    });
    await server.stop();
  });

  test('has no header that was injected through a value', async () => {
    const server = await startTcpServer(() => undefined);
    await withTransport(`http://${server.host}`, async (send) => {
      const headers = { authorization: 'Bearer a\r\nX-Evil: 1', ...length(0) };
      await assert.rejects(send({ headers }), { message: /authorization contains invalid characters/ });
      assert.equal(server.connections.length, 1);
    });
    await server.stop();
  });
});

describe('a connection for blobs that cannot be opened', () => {
  test('reports the reason, like others', async () => {
    const server = await startTcpServer((socket) => socket.end('not TLS'));
    const cases = [
      [`http://127.0.0.1:1`, 'connection-refused'],
      [`https://127.0.0.1:1`, 'connection-refused'],
      [`https://${server.host}`, 'not-tls'],
      [`https://nowhere.invalid`, 'host-not-found'],
    ] as const;
    for (const [origin, kind] of cases) {
      await withTransport(origin, async (send) => {
        await assert.rejects(send({}), { kind });
      });
    }
    await server.stop();
  });

  test('reports a server whose authority is unknown', async () => {
    const server = await startHttpServer((request, response) => void echo(request, response), certificate);
    await withTransport(`https://${server.host}`, async (send) => {
      await assert.rejects(send({}), { kind: 'certificate-unknown' });
    });
    await server.stop();
  });

  test('is aborted by the signal during the TLS handshake', async () => {
    const server = await startTcpServer(() => undefined);
    await withTransport(`https://${server.host}`, async (send) => {
      const stop = new AbortController();
      const sent = send({ signal: stop.signal });
      while (server.connections.length === 0) await delay(1);
      stop.abort();
      await assert.rejects(sent, { name: 'AbortError' });
      const [connection] = server.connections;
      connection?.resume();
      if (connection?.destroyed === false) await once(connection, 'close');
    });
    await server.stop();
  });
});
