import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { after, before, test } from 'node:test';
import { inspect } from 'node:util';
import { loadKubeconfig, openCluster } from '../../../src/cluster/main.ts';
import { LoadedKubeconfig, loadKubeconfig as loadDetailed } from '../../../src/cluster/kubeconfig.ts';
import { kubeconfigText } from './sessions.ts';

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kubeconfig-'));
});
after(() => rm(folder, { recursive: true }));

async function file(name: string, content: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

const DEV = `
apiVersion: v1
kind: Config
current-context: dev
clusters:
- name: dev
  cluster: {server: 'https://dev.example:6443/'}
users:
- name: me
  user: {token: very-secret}
contexts:
- name: dev
  context: {cluster: dev, user: me, namespace: team-a}
- name: bare
  context: {cluster: dev, user: me}
`;

test('contexts are listed with their cluster, user and namespace, and the current one is marked', async () => {
  const config = await loadKubeconfig({ files: [await file('dev', DEV)] });
  assert.deepEqual(config.problems, []);
  assert.equal(config.currentContext, 'dev');
  assert.deepEqual(config.contexts, [
    {
      name: 'dev',
      file: join(folder, 'dev'),
      clusterName: 'dev',
      userName: 'me',
      namespace: 'team-a',
      server: 'https://dev.example:6443',
    },
    {
      name: 'bare',
      file: join(folder, 'dev'),
      clusterName: 'dev',
      userName: 'me',
      namespace: 'default',
      server: 'https://dev.example:6443',
    },
  ]);
});

test('the files of KUBECONFIG are merged as by kubectl: the first entry of a name wins', async () => {
  const one = await file('one', DEV.replace('current-context: dev\n', ''));
  const two = await file('two', DEV.replaceAll('dev.example', 'other.example').replaceAll('bare', 'extra'));
  const config = await loadKubeconfig({
    environment: { KUBECONFIG: [one, join(folder, 'absent'), '', two, one].join(delimiter) },
  });
  assert.deepEqual(
    config.contexts.map(({ name, server }) => `${name} ${server}`),
    ['dev https://dev.example:6443', 'bare https://dev.example:6443', 'extra https://dev.example:6443'],
  );
  assert.equal(config.currentContext, 'dev', 'taken from the second file');
  assert.deepEqual(config.problems, [], 'a listed file that is not there is passed over');
  assert.deepEqual(config.files, [one, join(folder, 'absent'), two]);
});

test('without KUBECONFIG, the file in the home folder is read, and a missing one is no problem', async () => {
  const none = await loadKubeconfig({ environment: { HOME: join(folder, 'nobody') } });
  assert.deepEqual([none.contexts, none.problems], [[], []]);
  await mkdir(join(folder, 'home', '.kube'), { recursive: true });
  await file('home/.kube/config', DEV);
  const config = await loadKubeconfig({ environment: { HOME: join(folder, 'home') } });
  assert.equal(config.contexts.length, 2);
});

function cluster(server: string, more = 'extensions: null'): string {
  return `clusters: [{name: c, cluster: {server: '${server}', ${more}}}]`;
}

/** Nine levels of ten aliases each. */
function bomb(): string {
  const levels = 'bcdefghi'
    .split('')
    .map((name, i) => `${name}: &${name} [${Array(10).fill(`*${'abcdefgh'[i]}`).join()}]`);
  return `a: &a [x]\n${levels.join('\n')}\n`;
}

for (const [what, content, reason] of [
  ['broken YAML', 'clusters: [', /is not valid YAML \(line \d+: [A-Z_]+\)/],
  ['a list', '- a', /a map with clusters, contexts and users was expected/],
  ['another kind', 'kind: Secret\n', /its kind is Secret, not Config/],
  ['a second document', 'kind: Config\n---\nkind: Config\n', /several YAML documents, and only the first counts/],
  ['too deep a nesting', `x: ${'['.repeat(600)}`, /nested too deeply/],
  ['an alias bomb', bomb(), /uses YAML aliases too often/],
  ['a cluster without server', 'clusters: [{name: c, cluster: {}}]', /clusters\[0\] \(c\): it has no server/],
  ['a server with another scheme', cluster('ftp://host'), /begins with neither https:\/\/ nor http:\/\//],
  ['a server that has a blank', cluster(' https://host'), /its server is neither a URL nor host:port/],
  ['a server with a path and no scheme', cluster('host/path'), /needs https:\/\/ before it/],
  ['a number for a token', 'users: [{name: u, user: {token: 12345}}]', /token is not a text/],
  ['a quoted flag', cluster('h', "insecure-skip-tls-verify: 'true'"), /is neither true nor false/],
  ['a CA that is not Base64', cluster('h', 'certificate-authority-data: -----BEGIN'), /is not Base64/],
  ['a proxy without scheme', cluster('h', 'proxy-url: host:3128'), /proxy-url is not a URL/],
  ['a map in place of a list', 'contexts: {x: {cluster: c}}', /contexts is not a list/],
  ['a text in place of a user', 'users: [{name: u, user: token}]', /users\[0\] \(u\): user is not a mapping/],
  ['a text in place of a login program', 'users: [{name: u, user: {exec: aws}}]', /exec is not a mapping/],
  ['a login program without command', 'users: [{name: u, user: {exec: {args: [a]}}}]', /exec has no command/],
  ['a text in place of arguments', 'users: [{name: u, user: {exec: {command: a, args: b}}}]', /args is not a list/],
  ['numbers for groups', 'users: [{name: u, user: {as: a, as-groups: [1]}}]', /as-groups is not a list of texts/],
  ['a context without name', 'contexts: [{context: {cluster: c}}]', /contexts\[0\]: it has no name/],
] as const) {
  test(`a file with ${what} is reported with the reason, and the others still load`, async () => {
    const broken = await file('broken', content);
    const config = await loadKubeconfig({ files: [broken, await file('dev', DEV)] });
    assert.equal(config.contexts.length, 2);
    assert.equal(config.problems.length, 1);
    assert.match(config.problems[0]?.message ?? '', reason);
    assert.ok(config.problems[0]?.message.includes(broken));
  });
}

/** Each is what client-go 0.37 (kubectl) reads as the same context. */
for (const [what, content] of [
  ['a trailing ---', `${DEV}---\n`],
  ['a trailing ...', `${DEV}...\n`],
  ['a leading ---', `# a comment\n---${DEV}`],
  [
    'equal keys, of which the last counts',
    DEV.replace('current-context: dev', 'current-context: no\ncurrent-context: dev'),
  ],
  ['a byte order mark', `\ufeff${DEV}`],
  ['Windows line ends', DEV.replaceAll('\n', '\r\n')],
  ['old line ends', DEV.replaceAll('\n', '\r')],
  ['tabs within flow', DEV.replace('{token:', '{\ttoken:')],
  ['capital letters in the scheme', DEV.replace('https:', 'HTTPS:')],
  ['a query', DEV.replace(':6443/', ':6443/?x=1#y')],
  ['a directive', `%YAML 1.1\n---${DEV}`],
  ['an unknown tag', DEV.replace('token: very', 'token: !secret very')],
  ['keys that are no texts', `${DEV}1: x\ntrue: y\n`],
  ['deep brackets elsewhere', `${DEV}x: ${'['.repeat(400)}${']'.repeat(400)}\n`],
] as const) {
  test(`a kubeconfig with ${what} is read as by kubectl`, async () => {
    const config = await loadKubeconfig({ files: [await file('odd', content)] });
    assert.deepEqual(config.problems, []);
    assert.equal(config.currentContext, 'dev');
    assert.deepEqual(
      config.contexts.map(({ name, server }) => `${name} ${server}`),
      ['dev https://dev.example:6443', 'bare https://dev.example:6443'],
    );
  });
}

test('a kubeconfig in UTF-16, as PowerShell writes it, is read', async () => {
  const path = await file('utf16', '');
  for (const swap of [false, true]) {
    const bytes = Buffer.from(`\ufeff${DEV}`, 'utf16le');
    await writeFile(path, swap ? bytes.swap16() : bytes);
    const config = await loadKubeconfig({ files: [path] });
    assert.deepEqual([config.contexts.length, config.problems], [2, []]);
  }
});

test('an anchor that thousands of clusters share is read, and so are merge keys', async () => {
  const count = 3000;
  const clusters = Array.from(
    { length: count },
    (_, i) => `- {name: c${i}, cluster: {<<: *common, server: 'c${i}:1'}}`,
  );
  const contexts = Array.from({ length: count }, (_, i) => `- {name: x${i}, context: {cluster: c${i}, user: u}}`);
  const common = 'common: &common {insecure-skip-tls-verify: yes, server: no}';
  const source = [common, 'clusters:', ...clusters, 'users: [{name: u, user: {}}]', 'contexts:', ...contexts].join(
    '\n',
  );
  const config = await loadDetailed({ files: [await file('many', source)] });
  assert.deepEqual([config.contexts.length, config.problems], [count, []]);
  const { server, skipTLSVerify } = config.details('x2999').cluster;
  assert.deepEqual([server, skipTLSVerify], ['http://c2999:1', true]);
});

test('a merge key overrides what precedes it but not what follows, as with kubectl', async () => {
  const merge = '<<: {server: https://merged.example}';
  const own = 'server: https://own.example';
  for (const [content, server] of [
    [`{${merge}, ${own}}`, 'https://own.example'],
    [`{${own}, ${merge}}`, 'https://merged.example'],
  ] as const) {
    const source = DEV.replace("{server: 'https://dev.example:6443/'}", content);
    const config = await loadKubeconfig({ files: [await file('merge', source)] });
    assert.equal(config.contexts[0]?.server, server);
  }
});

test('scalars of YAML 1.1 are interpreted as by kubectl', async () => {
  const text = (value: string): string => DEV.replace('very-secret', value);
  for (const value of ['2024-01-01', '2024-01-01T10:00:00Z', '12:30:45', "'123'", '!!str 123', '=']) {
    const config = await loadDetailed({ files: [await file('scalar', text(value))] });
    assert.equal(config.details('dev').user.token, value.replaceAll(/'|!!str /g, ''));
  }
  for (const value of ['0123', '1_000', '0b11', '1e3', 'yes', 'y', 'off']) {
    const config = await loadKubeconfig({ files: [await file('scalar', text(value))] });
    assert.match(config.problems[0]?.message ?? '', /token is not a text/, value);
  }
});

test('a server without a scheme is reached over http, even with a CA, as with kubectl', async () => {
  for (const [written, server] of [
    ['dev.example:6443', 'http://dev.example:6443'],
    ['10.0.0.1:6443', 'http://10.0.0.1:6443'],
    ['localhost', 'http://localhost'],
    ['[::1]:8080', 'http://[::1]:8080'],
  ] as const) {
    const path = await file('plain', DEV.replace('https://dev.example:6443/', written));
    const [context] = (await loadKubeconfig({ files: [path] })).contexts;
    assert.equal(context?.server, server);
    assert.equal(context?.withholdsCredentials, true);
  }
});

test('an unusable entry is the reason why its context cannot be opened', async () => {
  const path = await file('broken-user', DEV.replace('very-secret', '12345'));
  const config = await loadKubeconfig({ files: [path] });
  assert.throws(() => openCluster(config, 'dev'), { message: /user 'me': token is not a text/ });
});

test('reports a missing file with what names it: the setting, or KUBECONFIG', async () => {
  const absent = join(folder, 'absent');
  const origin = 'carvelAirgap.kubeconfig';
  for (const [source, name] of [
    [{ files: [absent], filesOrigin: origin, environment: { KUBECONFIG: '/other' } }, origin],
    [{ environment: { KUBECONFIG: absent } }, 'KUBECONFIG'],
  ] as const) {
    const { problems } = await loadKubeconfig(source);
    const message = `${name} names ${absent}, which cannot be read: it does not exist`;
    assert.deepEqual(
      problems.map((problem) => [problem.message, problem.remedy]),
      [[message, `Correct the path in ${name}, or the permissions of the file.`]],
    );
  }
  const isFolder = await loadKubeconfig({ files: [folder] });
  assert.match(isFolder.problems[0]?.message ?? '', /it is a folder/);
});

test('an empty file has no contexts and is no problem', async () => {
  const config = await loadKubeconfig({ files: [await file('empty', '# nothing yet\n')] });
  assert.deepEqual([config.contexts, config.problems], [[], []]);
});

test('paths in a kubeconfig are relative to its folder, including that of a login program', async () => {
  const user = { 'client-certificate': 'me.crt', 'client-key': '/keys/me.key', exec: { command: './login' } };
  const path = await file('paths', kubeconfigText('https://c.example', user, { 'certificate-authority': '../ca.crt' }));
  const config = await loadDetailed({ files: [path] });
  const details = config.details('test');
  assert.equal(details.cluster.caFile, join(folder, '..', 'ca.crt'));
  assert.equal(details.user.certFile, join(folder, 'me.crt'));
  assert.equal(details.user.keyFile, '/keys/me.key');
  assert.equal(config.contexts[0]?.loginCommand, join(folder, 'login'));
});

test('a context whose cluster is missing is listed, and reported when it is opened', async () => {
  const path = await file('half', 'contexts: [{name: half, context: {cluster: gone, user: me}}]');
  const config = await loadKubeconfig({ files: [path] });
  assert.equal(config.contexts[0]?.server, undefined);
  assert.throws(() => openCluster(config, 'half'), {
    code: 'cluster.context-incomplete',
    message: /no cluster 'gone'/,
  });
  assert.throws(() => openCluster(config, 'other'), { code: 'cluster.context-missing' });
});

test('credentials appear neither in lists nor in logs of them', async () => {
  const config = await loadKubeconfig({ files: [await file('dev', DEV)] });
  assert.ok(config instanceof LoadedKubeconfig);
  assert.doesNotMatch(JSON.stringify(config) + inspect(config, { depth: 9, showHidden: true }), /very-secret/);
  const session = openCluster(config, 'dev');
  assert.doesNotMatch(JSON.stringify(session) + inspect(session, { depth: 9, showHidden: true }), /very-secret/);
});

test('two readings are the same revision unless something other than a renewed token differs', async () => {
  const oidc = (config: object): string =>
    kubeconfigText('https://c.example', { 'auth-provider': { name: 'oidc', config: { 'client-id': 'x', ...config } } });
  const revision = async (content: string): Promise<string> =>
    (await loadKubeconfig({ files: [await file('revision', content)] })).revision;
  const before = await revision(oidc({ 'id-token': 'a', 'refresh-token': 'b' }));
  assert.equal(await revision(`# rewritten\n${oidc({ 'id-token': 'c', 'refresh-token': 'd' })}`), before);
  assert.notEqual(await revision(oidc({ 'id-token': 'a', 'client-id': 'y' })), before);
  assert.notEqual(await revision(DEV.replace('very-secret', 'other')), await revision(DEV));
  assert.notEqual(await revision(DEV), await revision(`${DEV}---\na: b\n`));
});
