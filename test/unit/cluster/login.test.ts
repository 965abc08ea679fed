import assert from 'node:assert/strict';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { createAuthority } from '../../support/certificates.ts';
import type { Authority, Certificate } from '../../support/certificates.ts';
import { makeTemporaryFolder } from '../../support/lifetime.ts';
import type { TemporaryFolder } from '../../support/lifetime.ts';
import { ScriptedServer, status } from './scripted-server.ts';
import type { Answer } from './scripted-server.ts';
import { failureOf, sessionWith } from './sessions.ts';

const PATH = '/apis/packaging.carvel.dev/v1alpha1/namespaces/demo/packagerepositories/x';
const NOT_FOUND = status(404, 'NotFound', 'not found', { name: 'x', kind: 'packagerepositories' });
const TRUSTED = { allowExec: true };
const { signal } = new AbortController();

let certificates: TemporaryFolder;
let authority: Authority;
let certificate: Certificate;
/** What the kubeconfig says of the server, over which credentials are sent. */
let cluster: { 'certificate-authority-data': string };
before(async () => {
  certificates = await makeTemporaryFolder('login');
  authority = await createAuthority(certificates.path, 'ca');
  certificate = await authority.issueServer('server', ['127.0.0.1']);
  cluster = { 'certificate-authority-data': await readFile(authority.certFile, 'base64') };
});
after(() => certificates.remove());

let server: ScriptedServer;
let folder: string;
beforeEach(async () => {
  server = await ScriptedServer.start(certificate);
  server.on(PATH, NOT_FOUND);
  folder = await mkdtemp(join(tmpdir(), 'login-'));
});
afterEach(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

/** A login program in the shell, which also writes down each run. */
async function program(script: string): Promise<{ exec: object; runs: () => Promise<number> }> {
  const command = join(folder, 'login');
  const log = join(folder, 'runs');
  await writeFile(log, '');
  await writeFile(command, `#!/bin/sh\necho run >> '${log}'\n${script}\n`);
  await chmod(command, 0o755);
  const exec = { apiVersion: 'client.authentication.k8s.io/v1', command, interactiveMode: 'Never' };
  return { exec, runs: async () => (await readFile(log, 'utf8')).split('\n').length - 1 };
}

const credential = (status: object): string =>
  `printf %s '${JSON.stringify({ apiVersion: 'client.authentication.k8s.io/v1', kind: 'ExecCredential', status })}'`;
const ask = (user: object, settings: object = TRUSTED, by = signal): Promise<unknown> =>
  sessionWith(server.url, { cluster, user, settings }).getPackageRepository('demo', 'x', by);

test('a login program is run only in a trusted workspace', async () => {
  const { exec, runs } = await program(credential({ token: 't' }));
  const failure = await failureOf(ask({ exec }, {}));
  assert.equal(failure.code, 'cluster.exec-not-allowed');
  assert.match(failure.message, /login/);
  assert.equal(await runs(), 0);
  assert.equal(server.seen.length, 0);
});

test('so is the program of an old auth provider', async () => {
  const command = join(folder, 'gcloud');
  const user = { 'auth-provider': { name: 'gcp', config: { 'cmd-path': command, 'cmd-args': 'x' } } };
  assert.equal((await failureOf(ask(user, {}))).code, 'cluster.exec-not-allowed');
});

test('in a trusted workspace, it runs once for all requests, and its token is sent', async () => {
  const { exec, runs } = await program(credential({ token: 'from-program' }));
  const session = sessionWith(server.url, { cluster, user: { exec }, settings: TRUSTED });
  await Promise.all([1, 2, 3].map(() => session.getPackageRepository('demo', 'x', signal)));
  await session.getPackageRepository('demo', 'x', signal);
  assert.equal(await runs(), 1);
  assert.deepEqual(new Set(server.seen.map(({ headers }) => headers.authorization)), new Set(['Bearer from-program']));
});

test('it receives what client-go passes, and the variables of the kubeconfig', async () => {
  const { exec } = await program(
    `echo "$KUBERNETES_EXEC_INFO" > '${folder}/info'; echo "$EXTRA" > '${folder}/extra'\n${credential({ token: 't' })}`,
  );
  await ask({ exec: { ...exec, provideClusterInfo: true, env: [{ name: 'EXTRA', value: 'yes' }] } });
  assert.deepEqual(JSON.parse(await readFile(join(folder, 'info'), 'utf8')), {
    apiVersion: 'client.authentication.k8s.io/v1',
    kind: 'ExecCredential',
    spec: { interactive: false, cluster: { server: server.url, ...cluster } },
  });
  assert.equal(await readFile(join(folder, 'extra'), 'utf8'), 'yes\n');
});

test('it receives the CA, even if the kubeconfig names a file', async () => {
  const { exec } = await program(`echo "$KUBERNETES_EXEC_INFO" > '${folder}/info'\n${credential({ token: 't' })}`);
  const user = { exec: { ...exec, provideClusterInfo: true } };
  const named = { 'certificate-authority': authority.certFile };
  await sessionWith(server.url, { cluster: named, user, settings: TRUSTED }).getPackageRepository('demo', 'x', signal);
  const info = JSON.parse(await readFile(join(folder, 'info'), 'utf8')) as { spec: { cluster: object } };
  assert.deepEqual(info.spec.cluster, { server: server.url, ...cluster });
});

test('an expired token is fetched again, and a rejected one once', async () => {
  const expired = await program(credential({ token: 't', expirationTimestamp: '2020-01-01T00:00:00Z' }));
  const session = sessionWith(server.url, { cluster, user: { exec: expired.exec }, settings: TRUSTED });
  await session.getPackageRepository('demo', 'x', signal);
  await session.getPackageRepository('demo', 'x', signal);
  assert.equal(await expired.runs(), 2);

  const refused = await program(
    `n=$(wc -l < '${folder}/runs' | tr -d ' ')\n${credential({ token: 'TOKEN' }).replace('TOKEN', "token-'$n'")}`,
  );
  const onlySecond: Answer = (request, response) =>
    (request.headers.authorization === 'Bearer token-2' ? NOT_FOUND : status(401, 'Unauthorized'))(request, response);
  server.on(PATH, onlySecond);
  await ask({ exec: refused.exec });
  assert.equal(await refused.runs(), 2);
  server.on(PATH, status(401, 'Unauthorized'));
  assert.equal((await failureOf(ask({ exec: refused.exec }))).code, 'cluster.unauthorized');
});

test('a program that fails is reported with its output, without anything that looks like a secret', async () => {
  const { exec } = await program("echo 'Session expired, run az login. token=abc123' >&2; exit 3");
  const failure = await failureOf(ask({ exec }));
  assert.equal(failure.code, 'cluster.exec-failed');
  assert.match(failure.message, /exit code 3: Session expired, run az login\./);
  assert.doesNotMatch(JSON.stringify(failure), /abc123/);
});

test("a program that is not installed is named, with the kubeconfig's hint on how to install it", async () => {
  const installHint = 'Get it with\n  \u001b[1mapt install\u001b[0m login-program';
  const failure = await failureOf(ask({ exec: { command: 'no-such-login-program', installHint } }));
  assert.equal(failure.code, 'cluster.exec-missing');
  assert.match(failure.message, /'no-such-login-program'/);
  assert.match(failure.remedy ?? '', /Get it with .*apt install/);
  // eslint-disable-next-line no-control-regex
  assert.doesNotMatch(failure.remedy ?? '', /\u001b/);
});

test('a program that prints something else, or half a certificate, is reported as such', async () => {
  const { exec } = await program('echo secret-output');
  const odd = await failureOf(ask({ exec }));
  assert.match(odd.message, /did not print an ExecCredential/);
  assert.doesNotMatch(JSON.stringify(odd), /secret-output/);
  const own = await readFile(certificate.certFile, 'utf8');
  const foreign = await readFile(authority.keyFile, 'utf8');
  const mixed = await program(credential({ clientCertificateData: own, clientKeyData: foreign }));
  assert.match((await failureOf(ask({ exec: mixed.exec }))).message, /the client key belongs to another certificate/);
});

test('a program that needs a terminal is not run, and the remedy is to change that, not to run it once', async () => {
  const { exec, runs } = await program(credential({ token: 't' }));
  const failure = await failureOf(ask({ exec: { ...exec, interactiveMode: 'Always' } }));
  assert.equal(failure.code, 'cluster.exec-needs-terminal');
  assert.match(failure.remedy ?? '', /interactiveMode to IfAvailable/);
  assert.equal(await runs(), 0);
});

test('a program is not run if the user has a token, a password or a certificate, as with kubectl', async () => {
  const { exec, runs } = await program(credential({ token: 'from-program' }));
  const user = await authority.issueClient('me', 'me');
  for (const other of [
    { token: 'own' },
    { username: 'me', password: 'p' },
    { 'client-certificate': user.certFile, 'client-key': user.keyFile },
  ]) {
    assert.equal(await ask({ exec, ...other }), undefined);
  }
  assert.equal(await runs(), 0);
  assert.deepEqual(
    server.seen.map(({ headers }) => headers.authorization?.replace(/ .*/, '')),
    ['Bearer', 'Basic', undefined],
  );
});

test('over plain http, nothing is sent, read or run', async () => {
  const plain = await ScriptedServer.start();
  plain.on(PATH, status(403, 'Forbidden', 'x is forbidden: User "system:anonymous" cannot get resource "x"'));
  try {
    const { exec, runs } = await program(credential({ token: 'from-program' }));
    const idp = { 'id-token': 'x', 'refresh-token': 'tell-nobody', 'idp-issuer-url': server.url, 'client-id': 'x' };
    for (const user of [
      { token: 'tell-nobody' },
      { tokenFile: '/does/not/exist' },
      { username: 'me', password: 'tell-nobody' },
      { 'client-certificate': '/does/not/exist', 'client-key': '/does/not/exist' },
      { exec },
      { 'auth-provider': { name: 'oidc', config: idp } },
      { 'auth-provider': { name: 'gcp', config: { 'cmd-path': exec } } },
    ]) {
      for (const url of [plain.url, plain.url.replace('http://', 'HTTP://'), plain.url.replace('http://', '')]) {
        const asked = sessionWith(url, { user, settings: TRUSTED }).getPackageRepository('demo', 'x', signal);
        const failure = await failureOf(asked);
        assert.equal(failure.code, 'cluster.anonymous');
        assert.match(failure.message, /credentials are sent over https only/);
      }
    }
    const written = plain.url.replace('http://', 'http://me:tell-nobody@');
    const failure = await failureOf(sessionWith(written).getPackageRepository('demo', 'x', signal));
    assert.doesNotMatch(JSON.stringify(failure), /tell-nobody/);
    assert.equal(await runs(), 0);
    assert.equal(server.seen.length, 0);
    assert.deepEqual([...new Set(plain.seen.map(({ headers }) => headers.authorization))], [undefined]);
    // Who one acts as is no secret, and kubectl sends it.
    await failureOf(
      sessionWith(plain.url, { user: { token: 't', as: 'jane' } }).getPackageRepository('demo', 'x', signal),
    );
    assert.equal(plain.seen.at(-1)?.headers['impersonate-user'], 'jane');
  } finally {
    await plain.close();
  }
});

test('a user without credentials, whom the server treats as anonymous, is reported as that, not as missing permissions', async () => {
  server.on(PATH, status(403, 'Forbidden', 'x is forbidden: User "system:anonymous" cannot get resource "x"'));
  assert.match((await failureOf(ask({}))).message, /as anonymous: its user 'u' has no credentials/);
  server.on(PATH, status(401, 'Unauthorized'));
  assert.equal((await failureOf(ask({}))).code, 'cluster.anonymous');
  assert.equal((await failureOf(ask({ token: 't' }))).code, 'cluster.unauthorized');
});

test("credentials in the server's URL are sent over TLS, and shown nowhere", async () => {
  const url = server.url.replace('https://', 'https://me:p%40ss@');
  const session = sessionWith(url, { cluster });
  await session.getPackageRepository('demo', 'x', signal);
  assert.equal(session.serverUrl, server.url);
  assert.equal(server.seen[0]?.headers.authorization, `Basic ${Buffer.from('me:p@ss').toString('base64')}`);
});

test('a token with a line break is reported as such, and text beyond ASCII arrives as UTF-8', async () => {
  const failure = await failureOf(ask({ token: 'tell-\nnobody' }));
  assert.equal(failure.code, 'cluster.credentials-unreadable');
  assert.match(failure.message, /its token contains a line break/);
  assert.doesNotMatch(JSON.stringify(failure), /nobody/);
  await ask({ token: 't', as: 'Zoë', 'as-user-extra': { 'a(b)/c': ['x'] } });
  const { headers } = server.seen.at(-1) ?? assert.fail();
  assert.equal(Buffer.from(String(headers['impersonate-user']), 'latin1').toString(), 'Zoë');
  assert.equal(headers['impersonate-extra-a%28b%29%2fc'], 'x');
});

test('an empty token file is reported, unless the kubeconfig also has a token', async () => {
  const tokenFile = join(folder, 'token');
  await writeFile(tokenFile, '\n');
  assert.match((await failureOf(ask({ tokenFile }))).message, /token: it is empty/);
  await ask({ tokenFile, token: 'direct' });
  assert.equal(server.seen.at(-1)?.headers.authorization, 'Bearer direct');
});

test('a program that hangs is ended after its time limit, and at once when the request is canceled', async () => {
  const { exec } = await program(`sleep 100 & echo $! > '${folder}/pid'; wait`);
  const late = await failureOf(ask({ exec }, { ...TRUSTED, execTimeout: 2000 }));
  assert.equal(late.code, 'cluster.exec-timeout');
  const pid = Number(await readFile(join(folder, 'pid'), 'utf8'));
  // Nor does what it started go on. A killed process stays known until its parent has taken notice.
  const state = () => readFile(`/proc/${pid}/stat`, 'utf8').catch(() => 'gone');
  while (!/gone|^\d+ \(\w+\) Z/.test(await state())) await setTimeout(20);
  const controller = new AbortController();
  const asked = ask({ exec }, TRUSTED, controller.signal);
  setImmediate(() => controller.abort());
  // The program itself would take 100 seconds, and its time of 2 is not over either when this is.
  await assert.rejects(asked, { name: 'AbortError' });
});

test('closing the session ends a login program that is running', async () => {
  const { exec } = await program(`echo $$ > '${folder}/pid'; exec sleep 100000`);
  const session = sessionWith(server.url, { cluster, user: { exec }, settings: TRUSTED });
  const asked = failureOf(session.getPackageRepository('demo', 'x', signal));
  const pid = () => readFile(join(folder, 'pid'), 'utf8').then((text) => text.trim());
  while ((await pid().catch(() => '')) === '') await setTimeout(20);
  session.close();
  assert.equal((await asked).code, 'cluster.closed');
  const stat = `/proc/${await pid()}/stat`;
  while (!/gone|^\d+ \(\w+\) Z/.test(await readFile(stat, 'utf8').catch(() => 'gone'))) await setTimeout(20);
});

test("one caller's cancellation does not cancel the login for another", async () => {
  const { exec } = await program(`sleep 0.3\n${credential({ token: 't' })}`);
  const session = sessionWith(server.url, { cluster, user: { exec }, settings: TRUSTED });
  const controller = new AbortController();
  const impatient = session.getPackageRepository('demo', 'x', controller.signal);
  const patient = session.getPackageRepository('demo', 'x', signal);
  controller.abort();
  await assert.rejects(impatient, { name: 'AbortError' });
  assert.equal(await patient, undefined);
});

test('a token file is read for each request, because it is renewed', async () => {
  const file = join(folder, 'token');
  const session = sessionWith(server.url, { cluster, user: { tokenFile: file } });
  for (const token of ['one', 'two']) {
    await writeFile(file, `${token}\n`);
    await session.getPackageRepository('demo', 'x', signal);
  }
  assert.deepEqual(
    server.seen.map(({ headers }) => headers.authorization),
    ['Bearer one', 'Bearer two'],
  );
  await rm(file);
  const failure = await failureOf(session.getPackageRepository('demo', 'x', signal));
  assert.equal(failure.code, 'cluster.credentials-unreadable');
  assert.ok(failure.message.includes(file));
});

test('user and password are sent, and impersonation is requested', async () => {
  await ask({ username: 'me', password: 'p', as: 'somebody', 'as-groups': ['a', 'b'], 'as-uid': '7' });
  const { headers } = server.seen[0] ?? assert.fail();
  assert.equal(headers.authorization, `Basic ${Buffer.from('me:p').toString('base64')}`);
  assert.equal(headers['impersonate-user'], 'somebody');
  // Kubernetes takes a comma for a part of a name (Kubernetes docs, "User impersonation").
  assert.deepEqual(server.seen.at(-1)?.headersDistinct['impersonate-group'], ['a', 'b']);
  assert.equal(headers['impersonate-uid'], '7');
});

test('rejected credentials are reported with host, step and remedy, but without the credentials', async () => {
  server.on(PATH, status(401, 'Unauthorized'));
  const failure = await failureOf(ask({ token: 'tell-nobody' }));
  assert.equal(server.seen[0]?.headers.authorization, 'Bearer tell-nobody');
  assert.equal(failure.code, 'cluster.unauthorized');
  assert.ok(failure.message.includes(new URL(server.url).host));
  assert.match(failure.message, /read the PackageRepository demo\/x/);
  assert.match(failure.remedy ?? '', /Log in again/);
  assert.doesNotMatch(JSON.stringify(failure), /tell-nobody/);
});

test('a proxy is used if the kubeconfig or the settings name one, and a dead one is reported without its password', async () => {
  const { url } = server;
  const seen: string[] = [];
  const settings = {
    proxyFor: (serverUrl: string) => {
      seen.push(serverUrl);
      return 'http://user:proxy-secret@127.0.0.1:1';
    },
  };
  const failure = await failureOf(ask({}, settings));
  assert.deepEqual(seen, [url]);
  assert.equal(server.seen.length, 0);
  assert.equal(failure.code, 'cluster.proxy-failed');
  assert.match(failure.message, /through the proxy 127\.0\.0\.1:1: .*ECONNREFUSED/);
  assert.doesNotMatch(JSON.stringify(failure), /proxy-secret/);
});

// The limit is half of that for opening a connection.
test('a request that is canceled while a proxy does not respond ends at once', { timeout: 15_000 }, async () => {
  const asked = Promise.withResolvers<Socket>();
  const proxy = createServer((socket) => void socket.once('data', () => asked.resolve(socket)));
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const { port } = proxy.address() as AddressInfo;
  const controller = new AbortController();
  const settings = { proxyFor: () => `http://127.0.0.1:${port}` };
  const session = sessionWith('https://api.example:6443', { settings });
  const answer = session.getPackageRepository('demo', 'x', controller.signal);
  answer.catch(() => undefined);
  const connection = await asked.promise;
  controller.abort();
  await assert.rejects(answer, { name: 'AbortError' });
  connection.destroy();
  await new Promise((resolve) => proxy.close(resolve));
});
