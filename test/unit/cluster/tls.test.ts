import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer as createProxy } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { createServer } from 'node:https';
import type { Server, ServerOptions } from 'node:https';
import { connect } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { after, before, test } from 'node:test';
import type { TLSSocket } from 'node:tls';
import type { ClusterSession, ClusterSettings } from '../../../src/cluster/api.ts';
import { LoadedKubeconfig } from '../../../src/cluster/kubeconfig.ts';
import { parseKubeconfig } from '../../../src/cluster/kubeconfig-file.ts';
import { openSession } from '../../../src/cluster/session.ts';
import { createAuthority } from '../../support/certificates.ts';
import type { Authority, Certificate } from '../../support/certificates.ts';
import { makeTemporaryFolder } from '../../support/lifetime.ts';
import type { TemporaryFolder } from '../../support/lifetime.ts';
import { outputOf } from '../../support/run-program.ts';
import { failureOf, kubeconfigText } from './sessions.ts';

const { signal } = new AbortController();
let folder: TemporaryFolder;
let authority: Authority;
let good: Certificate;
let client: Certificate;

before(async () => {
  folder = await makeTemporaryFolder('tls');
  authority = await createAuthority(folder.path, 'ca');
  await createAuthority(folder.path, 'stranger');
  good = await authority.issueServer('server', ['127.0.0.1', 'api.example']);
  client = await authority.issueClient('client', 'me');
});
after(() => folder.remove());

/** An API server over TLS that has nothing but a name for who asks. */
async function withServer(
  certificate: Certificate,
  more: ServerOptions,
  use: (url: string, users: string[]) => Promise<void>,
): Promise<void> {
  const users: string[] = [];
  const options = { cert: await readFile(certificate.certFile), key: await readFile(certificate.keyFile), ...more };
  const server: Server = createServer(options, (request, response) => {
    users.push(String((request.socket as TLSSocket).getPeerCertificate().subject?.CN ?? 'nobody'));
    const body = JSON.stringify({ kind: 'Status', code: 404, details: { name: 'x', kind: 'packagerepositories' } });
    response.writeHead(404).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    await use(`https://127.0.0.1:${(server.address() as AddressInfo).port}`, users);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

function sessionOver(url: string, cluster: object, user: object = {}, settings: ClusterSettings = {}): ClusterSession {
  const file = parseKubeconfig(kubeconfigText(url, user, cluster), `${folder.path}/config`);
  return openSession(new LoadedKubeconfig([file.file], [file], []).details('test'), settings);
}

const ask = (session: ClusterSession): Promise<unknown> => session.getPackageRepository('demo', 'x', signal);

test("a server is trusted by its kubeconfig's CA, from a file or from data, and by no other", async () => {
  await withServer(good, {}, async (url) => {
    assert.equal(await ask(sessionOver(url, { 'certificate-authority': 'ca.crt' })), undefined);
    const data = await readFile(authority.certFile, 'base64');
    const wrongFile = { 'certificate-authority-data': data, 'certificate-authority': 'stranger.crt' };
    assert.equal(await ask(sessionOver(url, wrongFile)), undefined, 'data counts more than a file');
    const settings = { caCertificates: [await readFile(authority.certFile, 'utf8')] };
    assert.equal(await ask(sessionOver(url, {}, {}, settings)), undefined);
    const stranger = { 'certificate-authority': 'stranger.crt' };
    for (const session of [
      sessionOver(url, {}),
      sessionOver(url, stranger),
      // Those of the settings are for servers whose kubeconfig names no CA.
      sessionOver(url, stranger, {}, settings),
    ]) {
      const failure = await failureOf(ask(session));
      assert.equal(failure.code, 'cluster.certificate-unknown');
      assert.match(failure.message, /127\.0\.0\.1:\d+ is signed by an unknown authority/);
      assert.match(failure.remedy ?? '', /certificate-authority/);
    }
  });
});

test('a certificate for another name is rejected, unless the kubeconfig states which name to expect', async () => {
  const other = await authority.issueServer('other', ['api.example']);
  await withServer(other, {}, async (url) => {
    const trusted = { 'certificate-authority': 'ca.crt' };
    const failure = await failureOf(ask(sessionOver(url, trusted)));
    assert.equal(failure.code, 'cluster.certificate-invalid');
    assert.equal(await ask(sessionOver(url, { ...trusted, 'tls-server-name': 'api.example' })), undefined);
  });
});

test('a proxy is asked for a tunnel, and the certificate is verified through it', async () => {
  await withServer(good, {}, async (url, users) => {
    const tunnels: string[] = [];
    const opened: Socket[] = [];
    const proxy = createProxy();
    proxy.on('connect', (request: IncomingMessage, socket: Socket) => {
      tunnels.push(request.url ?? '');
      const { hostname, port } = new URL(`http://${request.url}`);
      const target = connect(Number(port), hostname, () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        socket.pipe(target).pipe(socket);
      });
      opened.push(socket, target);
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    const proxyUrl = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    const trusted = { 'certificate-authority': 'ca.crt', 'proxy-url': proxyUrl };
    const user = { 'client-certificate': client.certFile, 'client-key': client.keyFile };
    assert.equal(await ask(sessionOver(url, trusted, user)), undefined);
    assert.deepEqual(tunnels, [new URL(url).host]);
    assert.equal(users.length, 1);
    const failure = await failureOf(ask(sessionOver(url, { ...trusted, 'certificate-authority': 'stranger.crt' })));
    assert.equal(failure.code, 'cluster.certificate-unknown');
    for (const socket of opened) socket.destroy();
    await new Promise((resolve) => proxy.close(resolve));
  });
});

test('verification is skipped only if the kubeconfig says so', async () => {
  await withServer(good, {}, async (url) => {
    assert.equal(await ask(sessionOver(url, { 'insecure-skip-tls-verify': true })), undefined);
    const failure = await failureOf(ask(sessionOver(url, { 'insecure-skip-tls-verify': false })));
    assert.equal(failure.code, 'cluster.certificate-unknown');
  });
});

// Without being closed the connection would end after 30 idle seconds.
test(
  'requests share a connection, also after the token has changed, and closing the session ends it',
  {
    timeout: 25_000,
  },
  async () => {
    const tokenFile = `${folder.path}/token`;
    const connections: Socket[] = [];
    const tokens: (string | undefined)[] = [];
    const certificate = { cert: await readFile(good.certFile), key: await readFile(good.keyFile) };
    const server = createServer(certificate, (request, response) => {
      tokens.push(request.headers.authorization);
      response.writeHead(404).end(JSON.stringify({ kind: 'Status', code: 404, details: { name: 'x' } }));
    });
    server.keepAliveTimeout = 0;
    server.on('secureConnection', (socket: Socket) => connections.push(socket));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
      const session = sessionOver(url, { 'certificate-authority': 'ca.crt' }, { tokenFile });
      for (const token of ['one', 'two']) {
        await writeFile(tokenFile, token);
        await ask(session);
      }
      assert.deepEqual(tokens, ['Bearer one', 'Bearer two']);
      assert.equal(connections.length, 1);
      const closed = once(connections[0] ?? assert.fail(), 'close');
      session.close();
      await closed;
    } finally {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  },
);

test('a client certificate identifies the user', async () => {
  const strict = { requestCert: true, rejectUnauthorized: true, ca: await readFile(authority.certFile) };
  const trusted = { 'certificate-authority': 'ca.crt' };
  await withServer(good, strict, async (url, users) => {
    assert.equal(
      await ask(sessionOver(url, trusted, { 'client-certificate': client.certFile, 'client-key': client.keyFile })),
      undefined,
    );
    assert.deepEqual(users, ['me']);
  });
});

test('an unreadable certificate or key is reported without its content', async () => {
  const data = (text: string): string => Buffer.from(text).toString('base64');
  const user = { 'client-certificate-data': data('not a certificate'), 'client-key-data': data('KEYMATERIAL') };
  const failure = await failureOf(ask(sessionOver('https://127.0.0.1:1', {}, user)));
  assert.equal(failure.code, 'cluster.credentials-unreadable');
  assert.doesNotMatch(JSON.stringify(failure), /KEYMATERIAL/);
});

test('a certificate without its key, with another one, or with a locked one is reported before any request', async () => {
  const other = await authority.issueClient('another', 'other');
  const locked = `${folder.path}/locked.key`;
  await outputOf('openssl', ['ec', '-in', client.keyFile, '-aes256', '-passout', 'pass:x', '-out', locked]);
  for (const [user, reason] of [
    [{ 'client-certificate': client.certFile }, /the client certificate has no key/],
    [{ 'client-certificate': client.certFile, 'client-key': other.keyFile }, /belongs to another certificate/],
    [{ 'client-certificate': client.certFile, 'client-key': locked }, /protected by a passphrase/],
    [{ 'client-certificate': client.keyFile, 'client-key': client.keyFile }, /not a certificate in PEM form/],
    [{ 'client-certificate': client.certFile, 'client-key': client.certFile }, /not a private key in PEM form/],
  ] as const) {
    const failure = await failureOf(
      ask(sessionOver('https://127.0.0.1:1', { 'certificate-authority': 'ca.crt' }, user)),
    );
    assert.equal(failure.code, 'cluster.credentials-unreadable');
    assert.match(failure.message, reason);
  }
});

test('a key without a certificate is not used, as with kubectl', async () => {
  await withServer(good, { requestCert: true, rejectUnauthorized: false }, async (url, users) => {
    const session = sessionOver(url, { 'certificate-authority': 'ca.crt' }, { 'client-key': client.keyFile });
    assert.equal(await ask(session), undefined);
    assert.deepEqual(users, ['nobody']);
  });
});

test('a CA file without a certificate is reported, instead of an untrusted server', async () => {
  await withServer(good, {}, async (url) => {
    for (const text of ['', 'no PEM', await readFile(client.keyFile, 'utf8')]) {
      const data = Buffer.from(text || '\n').toString('base64');
      const failure = await failureOf(ask(sessionOver(url, { 'certificate-authority-data': data })));
      assert.equal(failure.code, 'cluster.credentials-unreadable');
      assert.match(failure.message, /certificate-authority holds no certificate/);
    }
  });
});

test('plain http to a port with TLS is reported as such', async () => {
  await withServer(good, {}, async (url) => {
    const failure = await failureOf(ask(sessionOver(url.replace('https:', 'http:'), {})));
    assert.match(failure.code, /^cluster\.(https-needed|connection-lost)$/);
  });
});
