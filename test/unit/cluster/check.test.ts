import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, test } from 'node:test';
import { ScriptedServer, json, silence, status } from './scripted-server.ts';
import { failureOf, sessionWith } from './sessions.ts';

const PACKAGING = '/apis/packaging.carvel.dev/v1alpha1';
const DATA = '/apis/data.packaging.carvel.dev/v1alpha1';
const OLD = '/apis/install.package.carvel.dev/v1alpha1';
const resources = (name: string, namespaced = true) =>
  json({ kind: 'APIResourceList', resources: [{ name, namespaced }] });
const { signal } = new AbortController();

let server: ScriptedServer;
beforeEach(async () => {
  server = await ScriptedServer.start();
  server.on('/version', json({ gitVersion: 'v1.34.2' }));
});
afterEach(() => server.close());

test('a cluster with kapp-controller is ready', async () => {
  server.on(PACKAGING, resources('packagerepositories')).on(DATA, resources('packages'));
  assert.deepEqual(await sessionWith(server.url).check(signal), { kind: 'ready', serverVersion: 'v1.34.2' });
});

test('a cluster whose API for Packages is down is ready, and reports that Packages cannot be listed', async () => {
  server.on(PACKAGING, resources('packagerepositories')).on(DATA, status(503, 'ServiceUnavailable', 'no endpoints'));
  const check = await sessionWith(server.url).check(signal);
  assert.equal(check.kind, 'ready');
  assert.equal(check.kind === 'ready' && check.packagesProblem?.code, 'cluster.api-unavailable');
});

test('a cluster without kapp-controller is reported with a remedy', async () => {
  const check = await sessionWith(server.url).check(signal);
  assert.equal(check.kind, 'no-kapp-controller');
  assert.match(check.kind === 'no-kapp-controller' ? (check.problem.remedy ?? '') : '', /Install kapp-controller/);
});

test('an alpha kapp-controller of 2021 is recognized by its group or its scope', async () => {
  server.on(OLD, resources('packagerepositories', false));
  assert.equal((await sessionWith(server.url).check(signal)).kind, 'old-alpha');
  server.on(PACKAGING, resources('packagerepositories', false));
  assert.equal((await sessionWith(server.url).check(signal)).kind, 'old-alpha');
});

test('a server that hides its version is still ready', async () => {
  server
    .on(PACKAGING, resources('packagerepositories'))
    .on(DATA, resources('packages'))
    .on('/version', status(403, 'Forbidden'));
  assert.deepEqual(await sessionWith(server.url).check(signal), { kind: 'ready' });
});

test("a missing permission is reported in the server's words", async () => {
  server.on(PACKAGING, status(403, 'Forbidden', 'User "dev" cannot get path "/apis"'));
  const failure = await failureOf(sessionWith(server.url).check(signal));
  assert.equal(failure.code, 'cluster.forbidden');
  assert.match(failure.message, /User "dev" cannot get path/);
});

test('plain http at a port with TLS is reported as such, whoever answers', async () => {
  for (const text of [
    'Client sent an HTTP request to an HTTPS server.\n',
    '<html><head><title>400 The plain HTTP request was sent to HTTPS port</title></head></html>',
    "Reason: You're speaking plain HTTP to an SSL-enabled server port.",
  ]) {
    server.on(PACKAGING, (_request, response) => response.writeHead(400).end(text));
    const failure = await failureOf(sessionWith(server.url).check(signal));
    assert.equal(failure.code, 'cluster.https-needed', text);
    assert.match(failure.remedy ?? '', /https:\/\//);
  }
  server.on(PACKAGING, status(400, 'BadRequest', 'this is about HTTP and HTTPS'));
  assert.notEqual((await failureOf(sessionWith(server.url).check(signal))).code, 'cluster.https-needed');
});

test('a port where nothing listens is reported as connection refused', async () => {
  await server.close();
  const failure = await failureOf(sessionWith(server.url).check(signal));
  assert.equal(failure.code, 'cluster.connection-refused');
  server = await ScriptedServer.start();
});

test('an unknown host is reported as such', async () => {
  const failure = await failureOf(sessionWith('https://nohost.invalid:6443').check(signal));
  assert.equal(failure.code, 'cluster.host-not-found');
  assert.match(failure.message, /nohost\.invalid:6443/);
});

test('a server that accepts the connection and never responds times out', async () => {
  server.on(PACKAGING, silence);
  const failure = await failureOf(sessionWith(server.url, { settings: { timeout: 50 } }).check(signal));
  assert.equal(failure.code, 'cluster.timeout');
});

test('a response that stops halfway times out', async () => {
  server.on(PACKAGING, (_request, response) => {
    response.writeHead(200, { 'Content-Length': '1000' });
    response.write('{');
  });
  const failure = await failureOf(sessionWith(server.url, { settings: { timeout: 50 } }).check(signal));
  assert.equal(failure.code, 'cluster.timeout');
});

test('a truncated response is a lost connection', async () => {
  server.on(PACKAGING, (_request, response) => {
    response.writeHead(200, { 'Content-Length': '1000' });
    response.write('{', () => response.socket?.destroy());
  });
  assert.equal((await failureOf(sessionWith(server.url).check(signal))).code, 'cluster.connection-lost');
});

test('a port that speaks http instead of TLS is reported as not TLS', async () => {
  const failure = await failureOf(sessionWith(server.url.replace('http:', 'https:')).check(signal));
  assert.equal(failure.code, 'cluster.not-https');
  assert.doesNotMatch(failure.message, /openssl|:0A/i);
});

test('a login page of a proxy is not mistaken for an API server', async () => {
  server.on(PACKAGING, (_request, response) => response.writeHead(200, { 'Content-Type': 'text/html' }).end('<html>'));
  assert.equal((await failureOf(sessionWith(server.url).check(signal))).code, 'cluster.response-invalid');
});

test('a canceled check ends at once, wherever it waits', async () => {
  const deaf = createServer(() => undefined);
  await new Promise<void>((resolve) => deaf.listen(0, '127.0.0.1', resolve));
  server.on(PACKAGING, silence).on(DATA, (_request, response) => {
    response.writeHead(200);
    response.write('{');
  });
  const waits = [`https://127.0.0.1:${(deaf.address() as AddressInfo).port}`, server.url];
  for (const url of waits) {
    const controller = new AbortController();
    const check = sessionWith(url).check(controller.signal);
    if (url === server.url) await server.requests(1, () => true);
    controller.abort();
    await assert.rejects(check, { name: 'AbortError' });
  }
  await new Promise((resolve) => deaf.close(resolve));
});

test('a closed session ends running requests and reports that it was closed', async () => {
  server.on(PACKAGING, silence);
  const session = sessionWith(server.url);
  const check = session.check(signal);
  await server.requests(1, () => true);
  session.close();
  assert.equal((await failureOf(check)).code, 'cluster.closed');
  assert.equal((await failureOf(session.check(signal))).code, 'cluster.closed');
});

test('a server below a path, as with Rancher, is requested below that path', async () => {
  server.on(`/k8s/clusters/c-1${PACKAGING}`, resources('packagerepositories'));
  const check = await sessionWith(`${server.url}/k8s/clusters/c-1/`).check(signal);
  assert.equal(check.kind, 'ready');
});
