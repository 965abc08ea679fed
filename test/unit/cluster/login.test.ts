import assert from 'node:assert/strict';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { ScriptedServer, status } from './scripted-server.ts';
import type { Answer } from './scripted-server.ts';
import { failureOf, sessionWith } from './sessions.ts';

const PATH = '/apis/packaging.carvel.dev/v1alpha1/namespaces/demo/packagerepositories/x';
const NOT_FOUND = status(404, 'NotFound', 'not found', { name: 'x', kind: 'packagerepositories' });
const TRUSTED = { allowExec: true };
const { signal } = new AbortController();

let server: ScriptedServer;
let folder: string;
beforeEach(async () => {
  server = await ScriptedServer.start();
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
  `echo '${JSON.stringify({ apiVersion: 'client.authentication.k8s.io/v1', kind: 'ExecCredential', status })}'`;
const ask = (user: object, settings: object = TRUSTED, by = signal): Promise<unknown> =>
  sessionWith(server.url, { user, settings }).getPackageRepository('demo', 'x', by);

test('a login program is not run unless the workspace is trusted', async () => {
  const { exec, runs } = await program(credential({ token: 't' }));
  const failure = await failureOf(ask({ exec }, {}));
  assert.equal(failure.code, 'cluster.exec-not-allowed');
  assert.match(failure.message, /login/);
  assert.equal(await runs(), 0);
  assert.equal(server.seen.length, 0);
});

test('nor is the program of an old auth provider', async () => {
  const command = join(folder, 'gcloud');
  const user = { 'auth-provider': { name: 'gcp', config: { 'cmd-path': command, 'cmd-args': 'x' } } };
  assert.equal((await failureOf(ask(user, {}))).code, 'cluster.exec-not-allowed');
});

test('in a trusted workspace it is run once for all requests, and its token is sent', async () => {
  const { exec, runs } = await program(credential({ token: 'from-program' }));
  const session = sessionWith(server.url, { user: { exec }, settings: TRUSTED });
  await Promise.all([1, 2, 3].map(() => session.getPackageRepository('demo', 'x', signal)));
  await session.getPackageRepository('demo', 'x', signal);
  assert.equal(await runs(), 1);
  assert.deepEqual(new Set(server.seen.map(({ headers }) => headers.authorization)), new Set(['Bearer from-program']));
});

test('it is told what client-go tells it, and gets the variables of the kubeconfig', async () => {
  const { exec } = await program(
    `echo "$KUBERNETES_EXEC_INFO" > '${folder}/info'; echo "$EXTRA" > '${folder}/extra'\n${credential({ token: 't' })}`,
  );
  await ask({ exec: { ...exec, provideClusterInfo: true, env: [{ name: 'EXTRA', value: 'yes' }] } });
  assert.deepEqual(JSON.parse(await readFile(join(folder, 'info'), 'utf8')), {
    apiVersion: 'client.authentication.k8s.io/v1',
    kind: 'ExecCredential',
    spec: { interactive: false, cluster: { server: server.url } },
  });
  assert.equal(await readFile(join(folder, 'extra'), 'utf8'), 'yes\n');
});

test('an expired token is fetched anew, and a refused one once', async () => {
  const expired = await program(credential({ token: 't', expirationTimestamp: '2020-01-01T00:00:00Z' }));
  const session = sessionWith(server.url, { user: { exec: expired.exec }, settings: TRUSTED });
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

test('a program that fails is told with what it said, without what looks like a secret', async () => {
  const { exec } = await program("echo 'Session expired, run az login. token=abc123' >&2; exit 3");
  const failure = await failureOf(ask({ exec }));
  assert.equal(failure.code, 'cluster.exec-failed');
  assert.match(failure.message, /exit code 3: Session expired, run az login\./);
  assert.doesNotMatch(JSON.stringify(failure), /abc123/);
});

test('a program that is not installed, prints something else, or needs a terminal is told as such', async () => {
  const absent = await failureOf(ask({ exec: { command: 'no-such-login-program' } }));
  assert.match(absent.message, /'no-such-login-program'.* it was not found/);
  const { exec } = await program('echo secret-output');
  const odd = await failureOf(ask({ exec }));
  assert.match(odd.message, /did not print an ExecCredential/);
  assert.doesNotMatch(JSON.stringify(odd), /secret-output/);
  const terminal = await failureOf(ask({ exec: { ...exec, interactiveMode: 'Always' } }));
  assert.match(terminal.message, /needs a terminal/);
});

test('a program that hangs is ended after its time, and at once when the request is cancelled', async () => {
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

test('one caller who gives up does not take the login away from another', async () => {
  const { exec } = await program(`sleep 0.3\n${credential({ token: 't' })}`);
  const session = sessionWith(server.url, { user: { exec }, settings: TRUSTED });
  const controller = new AbortController();
  const impatient = session.getPackageRepository('demo', 'x', controller.signal);
  const patient = session.getPackageRepository('demo', 'x', signal);
  controller.abort();
  await assert.rejects(impatient, { name: 'AbortError' });
  assert.equal(await patient, undefined);
});

test('a token file is read for each request, because it is renewed there', async () => {
  const file = join(folder, 'token');
  const session = sessionWith(server.url, { user: { tokenFile: file } });
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

test('user and password are sent, and acting as somebody else is asked for', async () => {
  await ask({ username: 'me', password: 'p', as: 'somebody', 'as-groups': ['a', 'b'], 'as-uid': '7' });
  const { headers } = server.seen[0] ?? assert.fail();
  assert.equal(headers.authorization, `Basic ${Buffer.from('me:p').toString('base64')}`);
  assert.equal(headers['impersonate-user'], 'somebody');
  assert.equal(headers['impersonate-group'], 'a, b');
  assert.equal(headers['impersonate-uid'], '7');
});

test('the token of an OpenID Connect provider is sent, without running anything', async () => {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const token = `${part({ alg: 'none' })}.${part({ exp: Math.floor(Date.now() / 1000) + 3600 })}.signature`;
  await ask({ 'auth-provider': { name: 'oidc', config: { 'id-token': token, 'client-id': 'x' } } }, {});
  assert.equal(server.seen[0]?.headers.authorization, `Bearer ${token}`);
  const stale = token.replace(/\.[^.]+\./, `.${part({ exp: 1 })}.`);
  const config = {
    'id-token': stale,
    'client-id': 'x',
    'refresh-token': 'tell-nobody',
    'idp-issuer-url': 'https://127.0.0.1:1/',
  };
  const failure = await failureOf(ask({ 'auth-provider': { name: 'oidc', config } }, {}));
  assert.equal(failure.code, 'cluster.login-failed');
  assert.doesNotMatch(JSON.stringify(failure), /tell-nobody/);
});

test('a proxy is used where the kubeconfig or the settings name one, and a dead one is told without its password', async () => {
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
  assert.match(failure.code, /^cluster\.(connection-refused|unreachable)$/);
  assert.doesNotMatch(JSON.stringify(failure), /proxy-secret/);
});

test('a request that is cancelled while a proxy keeps silent ends at once', async () => {
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
