// What @kubernetes/client-node does worse than our own code. These tests hold what the library does, not what we do: when
// one of them fails after an update, the code of ours that it names may be replaced by the library.
import assert from 'node:assert/strict';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import type { AgentOptions } from 'node:https';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import {
  CoreV1Api,
  createConfiguration,
  KubeConfig,
  KubernetesObjectApi,
  RequestContext,
  ServerConfiguration,
  Watch,
  wrapHttpLibrary,
} from '@kubernetes/client-node';
import { stringify } from 'yaml';
import { makeTemporaryFolder } from '../../support/lifetime.ts';
import type { TemporaryFolder } from '../../support/lifetime.ts';
import { ScriptedServer, ScriptedWatch, json, status } from './scripted-server.ts';

let folder: TemporaryFolder;
before(async () => {
  folder = await makeTemporaryFolder('library');
});
after(() => folder.remove());

let server: ScriptedServer;
beforeEach(async () => {
  server = await ScriptedServer.start();
});
afterEach(() => server.close());

function configOf(user: object, cluster: object = {}): KubeConfig {
  const config = new KubeConfig();
  config.loadFromString(
    stringify({
      clusters: [{ name: 'c', cluster: { server: server.url, 'insecure-skip-tls-verify': true, ...cluster } }],
      users: [{ name: 'u', user }],
      contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
      'current-context': 'x',
    }),
  );
  return config;
}

async function headersOf(config: KubeConfig): Promise<Record<string, string>> {
  const context = new RequestContext(server.url, 'GET');
  await config.applySecurityAuthentication(context);
  return context.getHeaders();
}

test('kubeconfig.ts: the library rejects files that define an entry twice, of which kubectl takes the first', () => {
  assert.throws(() => configOf({}).mergeConfig(configOf({})), /Duplicate cluster: c/);
});

test('kubeconfig.ts: the library takes the current context of the last file, kubectl that of the first', () => {
  const [first, second] = [new KubeConfig(), new KubeConfig()];
  first.loadFromOptions({ clusters: [], users: [], contexts: [], currentContext: 'first' });
  second.loadFromOptions({ clusters: [], users: [], contexts: [], currentContext: 'second' });
  first.mergeConfig(second);
  assert.equal(first.currentContext, 'second');
});

test('kubeconfig-entries.ts: the library drops the token file and all impersonation fields but the name', async () => {
  const token = join(folder.path, 'token');
  await writeFile(token, 'from-file');
  const user = { tokenFile: token, as: 'jane', 'as-uid': '7', 'as-groups': ['a', 'b'], 'as-user-extra': { x: ['y'] } };
  assert.deepEqual(await headersOf(configOf(user)), { 'Impersonate-User': 'jane' });
});

test('kubeconfig-entries.ts: the library throws JavaScript errors for values of the wrong type, or sends them', async () => {
  assert.throws(() => configOf({}, { server: 123 }), /server\.replace is not a function/);
  const config = new KubeConfig();
  config.loadFromString('users: [{name: u, user: {token: 0o123}}]');
  assert.equal((config.getUser('u') as unknown as { token: unknown }).token, 83);
});

test('kubeconfig-file.ts: the library rejects a file for one unusable entry, or drops the entry silently', () => {
  const text = stringify({ clusters: [{ name: 'bad' }, { name: 'good', cluster: { server: server.url } }] });
  assert.throws(() => new KubeConfig().loadFromString(text), /clusters\[0\]\.cluster is missing/);
  const config = new KubeConfig();
  config.loadFromString(text, { onInvalidEntry: 'filter' });
  assert.deepEqual(
    config.getClusters().map(({ name }) => name),
    ['good'],
  );
});

test('login-files.ts: the library prefers a file to data, unlike kubectl', async () => {
  let tls: AgentOptions = {};
  class Observed extends KubeConfig {
    override createDispatcherOptions(_: unknown, options: AgentOptions): { type: 'none' } {
      tls = options;
      return { type: 'none' };
    }
  }
  const config = new Observed();
  const caFile = join(folder.path, 'ca');
  await writeFile(caFile, 'from file');
  const cluster = { name: 'c', server: 'https://x.example', skipTLSVerify: false, caFile, caData: 'ZGF0YQ==' };
  config.loadFromClusterAndUser(cluster, { name: 'u' });
  await headersOf(config);
  assert.equal(String(tls.ca), 'from file');
});

test('login.ts: the library opens connections for each request, and sends credentials over plain http', async () => {
  const config = configOf({ token: 'secret' });
  config.clusters = [{ name: 'c', server: server.url, skipTLSVerify: true }];
  const contexts = [1, 2].map(() => new RequestContext(server.url, 'GET'));
  for (const context of contexts) await config.applySecurityAuthentication(context);
  const [first, second] = contexts.map((context) => context.getDispatcher());
  assert.ok(first !== undefined && second !== undefined && first !== second);
  assert.equal(contexts[0]?.getHeaders()['Authorization'], 'Bearer secret');
  await Promise.all([first.close(), second.close()]);
});

test('exec-login.ts: the library does not tell a login program the cluster, and keeps its credential until the last second', async () => {
  const command = join(folder.path, 'login');
  const expirationTimestamp = new Date(Date.now() + 5000).toISOString();
  const credential = JSON.stringify({ kind: 'ExecCredential', status: { token: 't', expirationTimestamp } });
  await writeFile(command, `#!/bin/sh\necho "run $KUBERNETES_EXEC_INFO" >> '${command}.log'\necho '${credential}'\n`);
  await chmod(command, 0o755);
  const config = configOf({ exec: { command, provideClusterInfo: true, interactiveMode: 'Always' } });
  assert.equal((await headersOf(config))['Authorization'], 'Bearer t');
  await headersOf(config);
  assert.equal(await readFile(`${command}.log`, 'utf8'), 'run \n');
});

test('oidc-login.ts: the library never refreshes an expired token, because it passes a string as URL', async () => {
  const expired = ['{"alg":"none"}', '{"exp":1}', ''].map((part) => Buffer.from(part).toString('base64url')).join('.');
  const config = {
    'id-token': expired,
    'refresh-token': 'r',
    'client-id': 'c',
    'idp-issuer-url': 'https://127.0.0.1:1',
  };
  const failure = headersOf(configOf({ 'auth-provider': { name: 'oidc', config } }));
  await assert.rejects(failure, /"server" must be an instance of URL/);
});

test('watch-once.ts: the library ends a watch without events, and hides errors of its callback and of the server', async () => {
  const watch = new Watch(configOf({}));
  const scripted = new ScriptedWatch();
  server.on('/pods', scripted.answer).on('/gone', status(410, 'Expired', 'too old resource version'));
  const ended = new Promise((resolve) => {
    const fault = (): void => {
      // Instead of 30 seconds from this event on.
      Object.assign(watch, { requestTimeoutMs: 50 });
      throw new Error('a fault of the callback');
    };
    void watch.watch('/pods', {}, fault, resolve);
  });
  await scripted.send({ type: 'ADDED', object: {} });
  assert.match(String(await ended), /aborted due to timeout/);
  Object.assign(watch, { requestTimeoutMs: 30_000 });
  const refused = new Promise((resolve) => void watch.watch('/gone', {}, () => undefined, resolve));
  assert.equal(String(await refused), 'Error: Gone');
});

test('api-client.ts: the library drops the columns of a Table, and takes a login page for an empty list', async () => {
  const core = configOf({}).makeApiClient(CoreV1Api);
  server.on(
    '/api/v1/namespaces/demo/secrets',
    json({ kind: 'Table', columnDefinitions: [], rows: [{ cells: ['x'] }] }),
  );
  const list = await core.listNamespacedSecret({ namespace: 'demo' });
  assert.deepEqual(Object.keys(list), ['kind']);
  server.on('/api/v1/namespaces', (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/html' }).end('<html>log in</html>');
  });
  assert.deepEqual(Object.keys(await core.listNamespace()), []);
});

test('apply.ts: KubernetesObjectApi requests the kind first, and ignores the options of a single call', async () => {
  server.on('/apis/g.example/v1', json({ resources: [{ name: 'things', kind: 'Thing', namespaced: true }] }));
  server.on('/apis/g.example/v1/namespaces/demo/things/x', json({ apiVersion: 'g.example/v1', kind: 'Thing' }));
  const api = KubernetesObjectApi.makeApiClient(configOf({}));
  const never = wrapHttpLibrary({ send: () => Promise.reject(new Error('the options are used')) });
  const options = createConfiguration({ baseServer: new ServerConfiguration(server.url, {}), httpApi: never });
  const thing = { apiVersion: 'g.example/v1', kind: 'Thing', metadata: { name: 'x', namespace: 'demo' } };
  // Over the connections of the class, not of the options.
  await api.read(thing, undefined, undefined, undefined, options);
  assert.equal(server.seen.length, 2);
});
