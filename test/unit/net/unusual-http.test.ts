// Servers that speak HTTP/1.1 as RFC 9110 and 9112 allow it, and as hardly any does, to both kinds of connection.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { describe, test } from 'node:test';
import { setImmediate as turn, setTimeout as delay } from 'node:timers/promises';

import { HttpTransport } from '../../../src/net/http/transport.ts';
import type { HttpRequest, HttpResponse, Lane } from '../../../src/net/http/message.ts';
import { NetworkError } from '../../../src/net/network-error.ts';
import type { NetworkSettings } from '../../../src/net/network-settings.ts';
import { HttpProtocolError } from '../../../src/net/wire/http-protocol-error.ts';
import { bytesOf } from '../../support/blob-server.ts';
import { createAuthority } from '../../support/certificates.ts';
import { makeTemporaryFolder } from '../../support/lifetime.ts';
import { startScriptedServer } from '../../support/scripted-server.ts';
import { onRequests, startTcpServer, type TcpServer } from '../../support/tcp-server.ts';

const { signal } = new AbortController();
const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

type Ask = (request?: Partial<HttpRequest>) => Promise<HttpResponse>;

/** @param answer called for the head of each request, with its number on its connection and that of the connection */
async function withServer(
  lane: Lane,
  answer: (socket: Socket, index: number, connection: number) => void,
  use: (ask: Ask, server: TcpServer) => Promise<void>,
  settings: NetworkSettings = {},
): Promise<void> {
  const server = await startTcpServer((socket, connection) =>
    onRequests(socket, (head, index) => /[A-Z]+ \//.test(head) && answer(socket, index, connection)),
  );
  const transport = new HttpTransport(settings);
  const url = new URL(`http://${server.host}/v2/app`);
  try {
    await use(
      (request) => transport.send({ method: 'GET', url, onBehalfOf: url.host, headers: {}, lane, signal, ...request }),
      server,
    );
  } finally {
    await transport.close();
    await server.stop();
  }
}

const text = async ({ body }: HttpResponse) => String(await bytesOf(body));

for (const lane of ['small', 'blob'] as const) {
  describe(`a response on a connection for ${lane === 'blob' ? 'large' : lane} requests`, () => {
    const answers: [what: string, answer: string, more?: Partial<HttpRequest>][] = [
      ['after a "100 Continue" that nobody asked for', `HTTP/1.1 100 Continue\r\n\r\n${OK}`],
      [
        'after several that only announce it',
        `HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n${OK}`,
      ],
      ['after both', `HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 100 Continue\r\nA: b\r\n\r\n${OK}`],
      ['after a status below 200 that nobody knows', `HTTP/1.1 199 Soon\r\n\r\n${OK}`],
      ['with 20 KiB of header', OK.replace('\r\n', `\r\nSet-Cookie: ${'c'.repeat(20_000)}\r\n`)],
      ['with 60 KiB of header in many lines', OK.replace('\r\n', `\r\n${`A: ${'b'.repeat(994)}\r\n`.repeat(60)}`)],
      ['without a reason', OK.replace('200 OK', '200 ')],
      ['with a header without a value', OK.replace('\r\n', '\r\nA:\r\nB: \t \r\n')],
      ['with a header that is no ASCII', OK.replace('\r\n', '\r\nServer: Caf\xe9\r\n')],
      ['with blanks after values', OK.replace(': 2', ': 2 \t')],
      [
        'in a chunk with a blank before its extension',
        'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2 ; d\r\nok\r\n0\r\n\r\n',
      ],
      ['with names in capitals and blanks before values', OK.replace('Content-Length: 2', 'CONTENT-LENGTH:\t 2')],
      [
        'in a chunk whose length has zeros before it',
        'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n00000000000000002\r\nok\r\n000\r\n\r\n',
      ],
      [
        'in chunks with extensions and a trailer',
        'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;a="b;c"\r\no\r\n1;d\r\nk\r\n0;e\r\nDigest: x\r\n\r\n',
      ],
      [
        'to PUT after "100 Continue"',
        `HTTP/1.1 100 Continue\r\n\r\n${OK}`,
        { method: 'PUT', body: Buffer.from('body') },
      ],
      ['to POST without a body after "100 Continue"', `HTTP/1.1 100 Continue\r\n\r\n${OK}`, { method: 'POST' }],
    ];
    for (const [what, answer, more] of answers) {
      test(`${what} is accepted, and so is the next one`, async () => {
        await withServer(
          lane,
          (socket) => void socket.write(Buffer.from(answer, 'latin1')),
          async (ask) => {
            for (const _ of ['once', 'twice']) assert.equal(await text(await ask(more)), 'ok');
          },
        );
      });
    }

    test('that is only announced again and again times out', async () => {
      const announce = (socket: Socket) => {
        const timer = setInterval(() => socket.write('HTTP/1.1 102 Processing\r\n\r\n'), 5);
        socket.on('close', () => clearInterval(timer));
      };
      await withServer(lane, announce, async (ask) => assert.rejects(ask(), { kind: 'timeout' }), {
        responseHeaderTimeout: 60,
      });
    });

    test('with more header than any server needs is rejected as such', async () => {
      await withServer(
        lane,
        (socket) => void socket.write(`HTTP/1.1 200 OK\r\n${`A: ${'b'.repeat(1000)}\r\n`.repeat(70)}\r\n`),
        async (ask) => assert.rejects(ask(), { kind: 'response-invalid' }),
      );
    });

    test('of another protocol is rejected at once, with its beginning', async () => {
      for (const alert of ['\x15\x03\x01\x00\x02\x02\x0a', 'SSH-2.0-OpenSSH', '\n']) {
        const answer = (socket: Socket) => void socket.write(Buffer.from(alert, 'latin1'));
        await withServer(lane, answer, async (ask) => {
          const error = await ask().catch((thrown: unknown) => thrown);
          assert.ok(error instanceof NetworkError && error.cause instanceof HttpProtocolError);
          assert.equal(error.kind, 'response-invalid');
          assert.equal(error.cause.received, alert.slice(0, 7));
        });
      }
    });

    test('to HEAD has no body, whatever its header says', async () => {
      const heads = ['Content-Length: 12345', 'Transfer-Encoding: chunked', 'X: y'];
      await withServer(
        lane,
        (socket, index) => void socket.write(`HTTP/1.1 200 OK\r\n${heads[index % 3] ?? ''}\r\n\r\n`),
        async (ask) => {
          for (const _ of heads) assert.equal(await text(await ask({ method: 'HEAD' })), '');
        },
      );
    });

    test('comes on a new connection if the server closed the old one silently', async () => {
      await withServer(
        lane,
        (socket) => void socket.end(OK),
        async (ask) => {
          for (const _ of ['once', 'twice', 'thrice']) {
            assert.equal(await text(await ask()), 'ok');
            await delay(20);
          }
        },
      );
    });

    test('that arrives unrequested (408 on an idle connection) is ignored', async () => {
      await withServer(
        lane,
        (socket, _, connection) => {
          socket.write(OK);
          if (connection > 0) return;
          setTimeout(
            () => socket.end('HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n'),
            10,
          );
        },
        async (ask, { connections }) => {
          assert.equal(await text(await ask()), 'ok');
          while (connections[0]?.destroyed === false) await turn();
          assert.equal(await text(await ask()), 'ok');
          assert.equal(connections.length, 2);
        },
      );
    });
  });
}

test('a proxy may send interim responses before it opens its tunnel', async () => {
  const folder = await makeTemporaryFolder('announced');
  const authority = await createAuthority(folder.path, 'ca');
  const registry = await startScriptedServer(
    () => 200,
    await authority.issueServer('server', ['registry.outside.test']),
  );
  const proxy = await startTcpServer((socket) => {
    socket.once('data', () => {
      const { port } = new URL(`http://${registry.host}`);
      void import('node:net').then(({ connect }) => {
        const onward = connect(Number(port), '127.0.0.1', () => {
          socket.write('HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\nA: b\r\n\r\n');
          setTimeout(() => socket.write('HTTP/1.1 200 Connection established\r\n\r\n'), 10);
          socket.pipe(onward).pipe(socket);
        });
        onward.on('error', () => socket.destroy());
      });
    });
  });
  const settings = {
    caCertificates: [await readFile(authority.certFile, 'utf8')],
    proxy: { httpsProxy: `http://${proxy.host}` },
  };
  const transport = new HttpTransport(settings);
  const url = new URL('https://registry.outside.test/v2/');
  const answer = await transport.send({ method: 'GET', url, headers: {}, lane: 'small', signal });
  assert.equal(answer.status, 200);
  await answer.body.discard();
  await transport.close();
  await proxy.stop();
  await registry.stop();
  await folder.remove();
});

for (const lane of ['small', 'blob'] as const) {
  const name = lane === 'blob' ? 'large' : lane;
  /** Below the limit for opening a connection, which is half a minute. */
  const options = { timeout: 15_000 };

  test(`a ${name} request ends at once when it is canceled while its connection is opened`, options, async () => {
    const accepted = Promise.withResolvers<Socket>();
    // A server that never responds to the TLS handshake.
    const server = await startTcpServer((socket) => accepted.resolve(socket));
    const transport = new HttpTransport({});
    const stop = new AbortController();
    const url = new URL(`https://${server.host}/v2/`);
    const answer = transport.send({ method: 'GET', url, headers: {}, lane, signal: stop.signal });
    answer.catch(() => undefined);
    const socket = await accepted.promise;
    socket.resume();
    const ended = once(socket, 'close');
    stop.abort();
    await assert.rejects(answer, { name: 'AbortError' });
    await transport.close();
    await ended;
    await server.stop();
  });

  test(`a ${name} request ends at once when it is canceled while it waits for a connection`, options, async () => {
    const asked = Promise.withResolvers<undefined>();
    await withServer(
      lane,
      () => asked.resolve(undefined),
      async (ask) => {
        // As many as there are connections.
        void Promise.allSettled(Array.from({ length: lane === 'blob' ? 16 : 32 }, () => ask()));
        await asked.promise;
        const stop = new AbortController();
        const waiting = ask({ signal: stop.signal });
        waiting.catch(() => undefined);
        await turn();
        stop.abort();
        await assert.rejects(waiting, { name: 'AbortError' });
      },
    );
  });
}
