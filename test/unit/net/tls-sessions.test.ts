// Each new connection to a server that was spoken to before resumes its TLS session, on either lane; counted by the server.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { after, before, describe, test } from 'node:test';
import type { SecureVersion } from 'node:tls';

import { HttpTransport } from '../../../src/net/http/transport.ts';
import type { Lane } from '../../../src/net/http/message.ts';
import type { NetworkSettings, ServerSettings } from '../../../src/net/network-settings.ts';
import { type Authority, type Certificate, createAuthority } from '../../support/certificates.ts';
import { bytesOf } from '../../support/blob-server.ts';
import { makeTemporaryFolder, type TemporaryFolder } from '../../support/lifetime.ts';
import { startTcpServer } from '../../support/tcp-server.ts';
import { startTlsServer, type TlsServer } from '../../support/tls-server.ts';

const { signal } = new AbortController();
let folder: TemporaryFolder;
let authority: Authority;
let certificate: Certificate;
let client: Certificate;

before(async () => {
  folder = await makeTemporaryFolder('tls-sessions');
  authority = await createAuthority(folder.path, 'ca');
  certificate = await authority.issueServer('server', ['127.0.0.1']);
  client = await authority.issueClient('client', 'robot');
});
after(() => folder.remove());

interface Asked {
  readonly server: TlsServer;
  /** One request on a connection of its own. */
  readonly ask: (lane: Lane, onBehalfOf?: string) => Promise<void>;
}

async function withServer(
  own: Partial<ServerSettings>,
  use: (asked: Asked) => Promise<void>,
  options: Parameters<typeof startTlsServer>[2] = {},
  /** host:port that stands before the server's. */
  front?: (host: string) => Promise<string>,
): Promise<void> {
  const answer = Buffer.from('ok');
  const server = await startTlsServer(
    certificate,
    (_, response) => void response.writeHead(200, { connection: 'close', 'content-length': 2 }).end(answer),
    options,
  );
  const host = (await front?.(server.host)) ?? server.host;
  const settings: NetworkSettings = { servers: [{ host, caFiles: [authority.certFile], ...own }] };
  const transport = new HttpTransport(settings);
  const ask = async (lane: Lane, onBehalfOf = host) => {
    const url = new URL(`https://${host}/v2/`);
    const { body } = await transport.send({ method: 'GET', url, onBehalfOf, headers: {}, lane, signal });
    assert.deepEqual(await bytesOf(body), answer);
  };
  try {
    await use({ server, ask });
  } finally {
    await transport.close();
    await server.stop();
  }
}

describe('a TLS session is resumed', () => {
  for (const version of ['TLSv1.2', 'TLSv1.3'] satisfies SecureVersion[]) {
    for (const lanes of [
      ['small', 'small', 'small'],
      ['blob', 'blob', 'blob'],
      ['small', 'blob', 'small'],
    ] satisfies Lane[][]) {
      test(`by each further connection, ${version}, for requests that are ${lanes.join(', ')}`, async () => {
        const options = { minVersion: version, maxVersion: version };
        await withServer(
          {},
          async ({ server, ask }) => {
            for (const lane of lanes) await ask(lane);
            assert.deepEqual(server.resumed, [false, true, true]);
          },
          options,
        );
      });
    }

    test(`if the certificate is accepted by its fingerprint, ${version}`, async () => {
      const pem = await readFile(certificate.certFile, 'utf8');
      await withServer(
        { caFiles: [], trustedCertificates: [pem] },
        async ({ server, ask }) => {
          for (const lane of ['blob', 'small', 'blob'] satisfies Lane[]) await ask(lane);
          assert.deepEqual(server.resumed, [false, true, true]);
        },
        { minVersion: version, maxVersion: version },
      );
    });

    test(`with the client certificate that was presented, ${version}`, async () => {
      const ca = await readFile(authority.certFile);
      await withServer(
        { clientCertificate: { certificateFile: client.certFile, keyFile: client.keyFile } },
        async ({ server, ask }) => {
          for (const lane of ['small', 'blob'] satisfies Lane[]) await ask(lane);
          assert.deepEqual(server.resumed, [false, true]);
          assert.deepEqual(server.clients, ['robot', 'robot']);
        },
        { minVersion: version, maxVersion: version, ca, requestCert: true, rejectUnauthorized: true },
      );
    });
  }
});

describe('a TLS session is not', () => {
  test('offered if another server led to the server, which has other authorities', async () => {
    await withServer({}, async ({ server, ask }) => {
      await ask('blob');
      await ask('blob', 'other.example');
      assert.deepEqual(server.resumed, [false, false]);
    });
  });

  test('required: a server that has forgotten it does a full handshake', async () => {
    await withServer({}, async ({ server, ask }) => {
      await ask('blob');
      server.forgetSessions();
      await ask('blob');
      await ask('small');
      assert.deepEqual(server.resumed, [false, false, true]);
    });
  });

  test('retried if the server aborts it', async () => {
    let connections = 0;
    let front: Awaited<ReturnType<typeof startTcpServer>> | undefined;
    const breaksOff = async (target: string) => {
      const [host, port] = target.split(':');
      front = await startTcpServer((socket) => {
        // The second connection is the one that offers a session.
        if (++connections === 2) {
          socket.once('data', () => socket.resetAndDestroy());
          return;
        }
        const onward = connect(Number(port), host);
        onward.on('error', () => socket.destroy());
        socket.pipe(onward).pipe(socket);
      });
      return front.host;
    };
    try {
      await withServer(
        {},
        async ({ server, ask }) => {
          for (const lane of ['blob', 'blob', 'blob'] satisfies Lane[]) await ask(lane);
          assert.deepEqual(server.resumed, [false, false, false]);
          assert.equal(connections, 4);
        },
        {},
        breaksOff,
      );
    } finally {
      await front?.stop();
    }
  });
});
