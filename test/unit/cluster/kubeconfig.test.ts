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

test('contexts are listed with their cluster, user and namespace, and the current one is known', async () => {
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

test('the files of KUBECONFIG are merged as kubectl merges them: the first of a name counts', async () => {
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

test('without KUBECONFIG the file at home is read, and none there is no problem', async () => {
  const none = await loadKubeconfig({ environment: { HOME: join(folder, 'nobody') } });
  assert.deepEqual([none.contexts, none.problems], [[], []]);
  await mkdir(join(folder, 'home', '.kube'), { recursive: true });
  await file('home/.kube/config', DEV);
  const config = await loadKubeconfig({ environment: { HOME: join(folder, 'home') } });
  assert.equal(config.contexts.length, 2);
});

for (const [what, content, reason] of [
  ['broken YAML', 'clusters: [', /is not valid YAML \(line \d+: [A-Z_]+\)/],
  ['a list', '- a', /a map with clusters, contexts and users was expected/],
  ['another kind', 'kind: Secret\n', /its kind is Secret, not Config/],
  ['two documents', 'kind: Config\n---\nkind: Config\n', /more than one YAML document/],
  ['a cluster without server', 'clusters: [{name: c, cluster: {}}]', /clusters\[0\] \(c\) is not complete/],
  [
    'a server that is no URL',
    'clusters: [{name: c, cluster: {server: "host:6443"}}]',
    /clusters\[0\] \(c\) is not complete/,
  ],
  ['a context without name', 'contexts: [{context: {cluster: c}}]', /contexts\[0\] has no name/],
] as const) {
  test(`a file with ${what} is named with the reason, and the others still load`, async () => {
    const broken = await file('broken', content);
    const config = await loadKubeconfig({ files: [broken, await file('dev', DEV)] });
    assert.equal(config.contexts.length, 2);
    assert.equal(config.problems.length, 1);
    assert.match(config.problems[0]?.message ?? '', reason);
    assert.ok(config.problems[0]?.message.includes(broken));
  });
}

test('a file that was named and is not there is told, also when KUBECONFIG names no other', async () => {
  const absent = join(folder, 'absent');
  for (const source of [{ files: [absent] }, { environment: { KUBECONFIG: absent } }]) {
    const config = await loadKubeconfig(source);
    assert.deepEqual(
      config.problems.map(({ message }) => message),
      [`The kubeconfig ${absent} can not be read: it does not exist`],
    );
  }
  const isFolder = await loadKubeconfig({ files: [folder] });
  assert.match(isFolder.problems[0]?.message ?? '', /it is a folder/);
});

test('an empty file holds no contexts and is no problem', async () => {
  const config = await loadKubeconfig({ files: [await file('empty', '# nothing yet\n')] });
  assert.deepEqual([config.contexts, config.problems], [[], []]);
});

test('paths in a kubeconfig start from its own folder, and so does a login program that is a path', async () => {
  const user = { 'client-certificate': 'me.crt', 'client-key': '/keys/me.key', exec: { command: './login' } };
  const path = await file('paths', kubeconfigText('https://c.example', user, { 'certificate-authority': '../ca.crt' }));
  const config = await loadDetailed({ files: [path] });
  const details = config.details('test');
  assert.equal(details.cluster.caFile, join(folder, '..', 'ca.crt'));
  assert.equal(details.user.certFile, join(folder, 'me.crt'));
  assert.equal(details.user.keyFile, '/keys/me.key');
  assert.equal(config.contexts[0]?.loginCommand, join(folder, 'login'));
});

test('a context whose cluster is missing is listed, and says so when it is opened', async () => {
  const path = await file('half', 'contexts: [{name: half, context: {cluster: gone, user: me}}]');
  const config = await loadKubeconfig({ files: [path] });
  assert.equal(config.contexts[0]?.server, undefined);
  assert.throws(() => openCluster(config, 'half'), {
    code: 'cluster.context-incomplete',
    message: /no cluster 'gone'/,
  });
  assert.throws(() => openCluster(config, 'other'), { code: 'cluster.context-missing' });
});

test('credentials show neither in what is listed nor in a log of it', async () => {
  const config = await loadKubeconfig({ files: [await file('dev', DEV)] });
  assert.ok(config instanceof LoadedKubeconfig);
  assert.doesNotMatch(JSON.stringify(config) + inspect(config, { depth: 9, showHidden: true }), /very-secret/);
  const session = openCluster(config, 'dev');
  assert.doesNotMatch(JSON.stringify(session) + inspect(session, { depth: 9, showHidden: true }), /very-secret/);
});
