import assert from 'node:assert/strict';
import { chmod, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { parse } from 'yaml';
import { createAuthority } from '../../support/certificates.ts';
import type { Certificate } from '../../support/certificates.ts';
import { makeTemporaryFolder } from '../../support/lifetime.ts';
import type { TemporaryFolder } from '../../support/lifetime.ts';
import { ScriptedServer, json, status } from './scripted-server.ts';
import type { SeenRequest } from './scripted-server.ts';
import { failureOf, kubeconfigText, sessionWith } from './sessions.ts';

const PATH = '/apis/packaging.carvel.dev/v1alpha1/namespaces/demo/packagerepositories/x';
const NOT_FOUND = status(404, 'NotFound', 'not found', { name: 'x', kind: 'packagerepositories' });
const { signal } = new AbortController();

let folder: TemporaryFolder;
let certificate: Certificate;
let authority: string;
let server: ScriptedServer;
let provider: ScriptedServer;
let file: string;

before(async () => {
  folder = await makeTemporaryFolder('oidc');
  const ca = await createAuthority(folder.path, 'ca');
  certificate = await ca.issueServer('server', ['127.0.0.1']);
  authority = await readFile(ca.certFile, 'base64');
  file = join(folder.path, 'config');
});
after(() => folder.remove());

beforeEach(async () => {
  [server, provider] = await Promise.all([ScriptedServer.start(certificate), ScriptedServer.start(certificate)]);
  server.on(PATH, NOT_FOUND);
  provider.on('/realm/.well-known/openid-configuration', json({ token_endpoint: `${provider.url}/token` }));
  provider.on('/token', json({ id_token: NEW, refresh_token: 'refresh-2', token_type: 'Bearer', access_token: 'a' }));
});
afterEach(async () => {
  await Promise.all([server.close(), provider.close()]);
  await rm(file, { force: true });
});

function token(expiresIn: number, id = ''): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'none', id })}.${part({ exp: Math.floor(Date.now() / 1000) + expiresIn })}.signature`;
}

const OLD = token(-1);
const NEW = token(3600, 'new');

function config(more: object = {}): object {
  return {
    'client-id': 'kubernetes',
    'client-secret': 'shared/secret',
    'id-token': OLD,
    'refresh-token': 'refresh-1',
    'idp-issuer-url': `${provider.url}/realm/`,
    'idp-certificate-authority-data': authority,
    ...more,
  };
}

function session(entries: object): ReturnType<typeof sessionWith> {
  const user = { 'auth-provider': { name: 'oidc', config: entries } };
  return sessionWith(server.url, { user, cluster: { 'certificate-authority-data': authority }, file });
}

const ask = (entries: object): Promise<unknown> => session(entries).getPackageRepository('demo', 'x', signal);
const sent = (): (string | undefined)[] => server.seen.map(({ headers }) => headers.authorization);
const form = (request: SeenRequest | undefined): object => Object.fromEntries(new URLSearchParams(request?.body));

test('a valid token is sent without any request to the provider', async () => {
  await ask(config({ 'id-token': NEW }));
  assert.deepEqual([sent(), provider.seen.length], [[`Bearer ${NEW}`], 0]);
});

test('an expired token is refreshed at the provider, once for all waiting requests', async () => {
  const opened = session(config());
  await Promise.all([1, 2, 3].map(() => opened.getPackageRepository('demo', 'x', signal)));
  await opened.getPackageRepository('demo', 'x', signal);
  assert.deepEqual(new Set(sent()), new Set([`Bearer ${NEW}`]));
  assert.equal(provider.seen.length, 2);
  assert.deepEqual(form(provider.seen[1]), {
    grant_type: 'refresh_token',
    refresh_token: 'refresh-1',
    client_id: 'kubernetes',
    client_secret: 'shared/secret',
  });
});

test('a kubeconfig without an id-token is logged in with its refresh-token', async () => {
  await ask(config({ 'id-token': undefined }));
  assert.deepEqual(sent(), [`Bearer ${NEW}`]);
});

for (const style of ['yaml', 'json'] as const) {
  test(`new tokens are stored in the ${style} of the kubeconfig, which stays otherwise unchanged`, async () => {
    const text = JSON.stringify(JSON.parse(kubeconfigText(server.url, userOf(config()))), undefined, 2);
    const source = style === 'json' ? text : `# my cluster\n${yamlOf(text)}`;
    await writeFile(file, source);
    await ask(config());
    const stored = await readFile(file, 'utf8');
    const expected = parse(source.replace(OLD, NEW).replace('refresh-1', 'refresh-2')) as object;
    assert.deepEqual(style === 'json' ? JSON.parse(stored) : parse(stored), expected);
    if (style === 'yaml') assert.match(stored, /^# my cluster/);
  });
}

function userOf(entries: object): object {
  return { 'auth-provider': { name: 'oidc', config: entries } };
}

function yamlOf(text: string): string {
  const { users, ...rest } = JSON.parse(text) as { users: { name: string; user: object }[] };
  const lines = users.map(({ name, user }) => `- name: ${name}\n  user: ${JSON.stringify(user)}`);
  return `users:\n${lines.join('\n')}\n${Object.entries(rest)
    .map(([key, value]) => `${key}: ${JSON.stringify(value)}\n`)
    .join('')}`;
}

test('tokens stored meanwhile by another program are used instead of an invalid refresh token', async () => {
  const opened = session(config());
  await writeFile(file, kubeconfigText(server.url, userOf(config({ 'id-token': NEW, 'refresh-token': 'refresh-9' }))));
  await opened.getPackageRepository('demo', 'x', signal);
  assert.deepEqual([sent(), provider.seen.length], [[`Bearer ${NEW}`], 0]);
});

test('a refresh token that stays the same is kept', async () => {
  const soon = token(-1, 'soon');
  provider.on('/token', json({ id_token: soon }));
  const opened = session(config());
  await opened.getPackageRepository('demo', 'x', signal);
  await opened.getPackageRepository('demo', 'x', signal);
  const asked = provider.seen.filter(({ path }) => path === '/token');
  assert.deepEqual(
    asked.map((request) => (form(request) as { refresh_token: string }).refresh_token),
    ['refresh-1', 'refresh-1'],
  );
});

test('a token that the server rejects is refreshed once', async () => {
  const refused = token(3600, 'refused');
  server.on(PATH, (request, response) =>
    (request.headers.authorization === `Bearer ${NEW}` ? NOT_FOUND : status(401, 'Unauthorized'))(request, response),
  );
  await ask(config({ 'id-token': refused }));
  assert.deepEqual(sent(), [`Bearer ${refused}`, `Bearer ${NEW}`]);
});

test('a read-only kubeconfig does not prevent the login', async () => {
  await writeFile(file, kubeconfigText(server.url, userOf(config())));
  await writeFile(`${file}.lock`, '');
  await chmod(file, 0o400);
  await ask(config());
  assert.deepEqual(sent(), [`Bearer ${NEW}`]);
  await rm(`${file}.lock`);
});

for (const [what, more, reason] of [
  ['without a refresh-token', { 'refresh-token': undefined }, /has expired, and it has no refresh-token/],
  ['without an issuer', { 'idp-issuer-url': undefined }, /idp-issuer-url is missing/],
  ['without a client', { 'client-id': undefined }, /client-id is missing/],
  [
    'with a provider that nobody trusts',
    { 'idp-certificate-authority-data': undefined },
    /could not be asked: .*certificate/,
  ],
  ['with a provider that is not reached', { 'idp-issuer-url': 'https://127.0.0.1:1' }, /ECONNREFUSED/],
  ['with a provider over plain http', { 'idp-issuer-url': 'http://idp.example' }, /no https address/],
  ['with something else for a token', { 'id-token': 'x' }, /not a JSON Web Token/],
] as const) {
  test(`an expired token ${what} is reported, and no anonymous request is sent`, async () => {
    const failure = await failureOf(ask(config(more)));
    assert.equal(failure.code, 'cluster.login-failed');
    assert.match(failure.message, reason);
    assert.equal(server.seen.length, 0);
    assert.doesNotMatch(JSON.stringify(failure), /refresh-1|shared\/secret/);
  });
}

test('a rejection by the provider is reported in its words', async () => {
  const error = { error: 'invalid_grant', error_description: 'Token is not active' };
  provider.on('/token', json(error, 400));
  assert.match((await failureOf(ask(config()))).message, /answered 400: invalid_grant: Token is not active/);
  provider.on('/token', json({ access_token: 'a' }));
  assert.match((await failureOf(ask(config()))).message, /gave no id_token/);
  provider.on('/realm/.well-known/openid-configuration', json({ token_endpoint: 'http://idp.example/token' }));
  assert.match((await failureOf(ask(config()))).message, /no https address/);
});
