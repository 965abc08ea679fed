import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import type { Answer } from './scripted-server.ts';
import { ScriptedServer, inTurn, json, listOf, status } from './scripted-server.ts';
import { StillTime, failureOf, repositoryJson, sessionWith } from './sessions.ts';

const { signal } = new AbortController();
const PATH = '/apis/packaging.carvel.dev/v1alpha1/namespaces/demo/packagerepositories/repo';
const APISERVICE = '/apis/apiregistration.k8s.io/v1/apiservices/v1alpha1.data.packaging.carvel.dev';
const object = { namespace: 'demo', name: 'repo' };
const done = json(repositoryJson('repo', '7'));
const forbidden = status(403, 'Forbidden', 'no');
const missing = status(404, 'NotFound', 'gone', { name: 'x', kind: 'secrets' });

let server: ScriptedServer;
beforeEach(async () => {
  server = await ScriptedServer.start();
});
afterEach(() => server.close());

const bodies = (): unknown[] => server.seen.map(({ body }) => JSON.parse(body) as unknown);

test('reconcile pauses and resumes immediately, with patches that change nothing else', async () => {
  server.on(PATH, done);
  await sessionWith(server.url).changePackageRepository(object, 'reconcile', signal);
  assert.deepEqual(bodies(), [{ spec: { paused: true } }, { spec: { paused: null } }]);
  for (const { method, headers, query } of server.seen) {
    assert.deepEqual(
      [method, headers['content-type'], query.get('fieldManager')],
      ['PATCH', 'application/merge-patch+json', 'carvel-airgap'],
    );
  }
});

test('a reconcile that fails halfway reports that the repository is still paused and how to resume it', async () => {
  server.on(PATH, inTurn(done, forbidden));
  const failure = await failureOf(sessionWith(server.url).changePackageRepository(object, 'reconcile', signal));
  assert.equal(failure.code, 'cluster.left-paused');
  assert.match(failure.message, /demo\/repo is still paused/);
  assert.equal(failure.remedy, 'Resume it.');
});

test('canceling a reconcile halfway leaves nothing paused', async () => {
  const cancel = new AbortController();
  const andCancel: Answer = (request, response) => {
    cancel.abort();
    done(request, response);
  };
  server.on(PATH, inTurn(andCancel, done));
  await sessionWith(server.url).changePackageRepository(object, 'reconcile', cancel.signal);
  assert.deepEqual(bodies(), [{ spec: { paused: true } }, { spec: { paused: null } }]);
});

const again =
  (code: number, seconds: string): Answer =>
  (request, response) => {
    response.setHeader('Retry-After', seconds);
    status(code, 'TooManyRequests', 'storage is (re)initializing')(request, response);
  };

test('a request is repeated after the pause that the API server asks for', async () => {
  server.on(PATH, inTurn(again(429, '1'), again(503, '2'), done));
  const timing = new StillTime();
  await sessionWith(server.url, { timing }).changePackageRepository(object, 'pause', signal);
  assert.deepEqual(
    bodies(),
    Array.from({ length: 3 }, () => ({ spec: { paused: true } })),
  );
  assert.deepEqual(timing.delays, [1000, 2000]);
});

test('a request is not repeated for ever, nor after a long pause, nor without being asked to', async () => {
  const timing = new StillTime();
  const attempts = async (answer: Answer): Promise<number> => {
    server.seen.length = 0;
    server.on(PATH, answer);
    await failureOf(sessionWith(server.url, { timing }).changePackageRepository(object, 'pause', signal));
    return server.seen.length;
  };
  assert.deepEqual(
    [await attempts(again(429, '1')), await attempts(again(429, '600')), await attempts(status(503, 'Unavailable'))],
    [11, 1, 1],
  );
});

test('each part of the health that is forbidden is omitted, without stopping the others', async () => {
  server
    .on(APISERVICE, forbidden)
    .on('/apis/apps/v1/namespaces/kapp-controller/deployments/kapp-controller', forbidden)
    .on('/apis/apiextensions.k8s.io/v1/customresourcedefinitions/packagerepositories.packaging.carvel.dev', forbidden)
    .on('/apis', json({ groups: [{ name: 'secretgen.carvel.dev' }] }));
  assert.deepEqual(await sessionWith(server.url).health(signal), {
    secretgen: true,
    globalNamespace: 'kapp-controller-packaging-global',
  });
});

test("without access to the APIService, kapp-controller's namespace comes from its Deployment if there is only one", async () => {
  const deployments = '/apis/apps/v1/deployments';
  const inNamespaces = (...namespaces: string[]): Answer =>
    json({ items: namespaces.map((namespace) => ({ metadata: { name: 'kapp-controller', namespace } })) });
  server.on(APISERVICE, forbidden).on(deployments, inTurn(inNamespaces('tkg-system'), inNamespaces('a', 'b')));
  assert.equal((await sessionWith(server.url).health(signal)).controllerNamespace, 'tkg-system');
  assert.equal((await sessionWith(server.url).health(signal)).controllerNamespace, undefined);
  const [asked] = server.seen.filter(({ path }) => path === deployments);
  assert.equal(asked?.query.get('fieldSelector'), 'metadata.name=kapp-controller');
});

test('Packages left behind by a PackageRepository are deleted, but none of an existing or another one', async () => {
  const packages = '/apis/data.packaging.carvel.dev/v1alpha1/namespaces/demo/packages';
  const metadatas = packages.replace('packages', 'packagemetadatas');
  const of = (name: string, owner?: string): object => ({
    metadata: {
      name,
      namespace: 'demo',
      uid: `uid of ${name}`,
      ...(owner && { annotations: { 'packaging.carvel.dev/package-repository-ref': owner } }),
    },
  });
  server
    .on(PATH, inTurn(done, missing))
    .on(packages, listOf([of('a.1', 'demo/repo'), of('b.1', 'demo/other'), of('c.1', 'global/repo'), of('d.1')], '5'))
    .on(metadatas, listOf([of('a', 'demo/repo')], '5'))
    .on(`${packages}/a.1`, json({ kind: 'Status', status: 'Success' }))
    .on(`${metadatas}/a`, missing);
  const session = sessionWith(server.url);
  const failure = await failureOf(session.deleteLeftovers(object, signal));
  assert.equal(failure.code, 'cluster.repository-there');
  assert.equal(await session.deleteLeftovers(object, signal), 1);
  const deleted = server.seen.filter(({ method }) => method === 'DELETE');
  assert.deepEqual(
    deleted.map(({ path, body }) => [path, (JSON.parse(body) as { preconditions: unknown }).preconditions]),
    [
      [`${packages}/a.1`, { uid: 'uid of a.1' }],
      [`${metadatas}/a`, { uid: 'uid of a' }],
    ],
  );
});

test('health reports why the API for Packages is down, and finds kapp-controller where that API is served from', async () => {
  const conditions = [{ type: 'Available', status: 'False', message: 'no endpoints' }];
  server
    .on(APISERVICE, json({ spec: { service: { namespace: 'carvel' } }, status: { conditions } }))
    .on(
      '/apis/apps/v1/namespaces/carvel/deployments/kapp-controller',
      json({ metadata: { annotations: { 'kapp-controller.carvel.dev/version': 'v0.60.0' } } }),
    )
    .on('/apis', json({ groups: [] }));
  const { kappController, packagesProblem, secretgen } = await sessionWith(server.url).health(signal);
  assert.deepEqual([kappController, secretgen], ['v0.60.0', false]);
  assert.match(packagesProblem?.message ?? '', /is not available: no endpoints/);
});

test('a ConfigMap that alone configures kapp-controller is changed, because a Secret would override it completely', async () => {
  const root = '/api/v1/namespaces/kapp-controller';
  const path = `${root}/configmaps/kapp-controller-config`;
  server
    .on(`${root}/secrets/kapp-controller-config`, missing)
    .on(path, json({ metadata: { resourceVersion: '5' }, data: { caCerts: 'old', httpProxy: 'p' } }));
  const session = sessionWith(server.url);
  const config = await session.controllerConfig(signal);
  assert.deepEqual([config.kind, config.caCertificates], ['ConfigMap', 'old']);
  await session.setCaCertificates(config, 'old\nnew', signal);
  const { method, path: written, body } = server.seen.at(-1) ?? assert.fail();
  assert.deepEqual([method, written], ['PATCH', path]);
  assert.deepEqual(JSON.parse(body), { metadata: { resourceVersion: '5' }, data: { caCerts: 'old\nnew' } });
});

test('without a configuration, a Secret is created, and one that appeared meanwhile is not overwritten', async () => {
  const secrets = '/api/v1/namespaces/kapp-controller/secrets';
  server.on(secrets, inTurn(json({}), status(409, 'AlreadyExists')));
  const session = sessionWith(server.url);
  for (const path of [
    `${secrets}/kapp-controller-config`,
    '/api/v1/namespaces/kapp-controller/configmaps/kapp-controller-config',
  ])
    server.on(path, missing);
  const config = await session.controllerConfig(signal);
  assert.deepEqual(config, { kind: 'Secret', namespace: 'kapp-controller', caCertificates: '' });
  await session.setCaCertificates(config, 'pem', signal);
  const { method, body } = server.seen.at(-1) ?? assert.fail();
  assert.equal(method, 'POST');
  assert.deepEqual((JSON.parse(body) as { data: object }).data, { caCerts: Buffer.from('pem').toString('base64') });
  assert.equal((await failureOf(session.setCaCertificates(config, 'pem', signal))).code, 'cluster.changed-meanwhile');
});

test('no error about a pull secret that the cluster rejects contains the password', async () => {
  const secret = { ...object, registry: 'r.example', username: 'u', password: 'top-secret' };
  const failure = await failureOf(sessionWith(server.url).applyPullSecret(secret, { signal }));
  const encoded = Buffer.from('top-secret').toString('base64').slice(0, 8);
  assert.ok(!JSON.stringify([failure, failure.message, failure.args]).includes('top-secret'));
  assert.ok(!JSON.stringify(failure.args).includes(encoded));
});

test("if listing all namespaces is forbidden, the context's is listed, but for a named one it is an error", async () => {
  const list = '/apis/packaging.carvel.dev/v1alpha1';
  server
    .on(`${list}/packagerepositories`, forbidden)
    .on(`${list}/namespaces/other/packagerepositories`, forbidden)
    .on(`${list}/namespaces/demo/packagerepositories`, listOf([repositoryJson('a', '1')], '5'));
  const session = sessionWith(server.url);
  assert.deepEqual(
    (await session.packageRepositories(undefined, signal)).map(({ name }) => name),
    ['a'],
  );
  assert.equal((await failureOf(session.packageRepositories('other', signal))).code, 'cluster.forbidden');
});

test('Secrets are listed by name and type, and looked for by their metadata: the content is not requested', async () => {
  const row = (name: string, type: string): object => ({ cells: [name, type, 1, '3d'] });
  const columnDefinitions = ['Name', 'Type', 'Data', 'Age'].map((name) => ({ name }));
  const path = '/api/v1/namespaces/demo/secrets';
  server
    .on(path, json({ kind: 'Table', columnDefinitions, rows: [row('a', 'Opaque'), row('b', 'kubernetes.io/tls')] }))
    .on(`${path}/a`, json({ kind: 'PartialObjectMetadata', metadata: { name: 'a' } }));
  const session = sessionWith(server.url);
  assert.deepEqual(await session.secrets('demo', signal), [
    { name: 'a', type: 'Opaque' },
    { name: 'b', type: 'kubernetes.io/tls' },
  ]);
  assert.equal(await session.hasSecret('demo', 'a', signal), true);
  const [table, metadata] = server.seen.map(({ headers }) => headers.accept);
  assert.equal(server.seen[0]?.query.get('includeObject'), 'None');
  assert.match(table ?? '', /^application\/json;as=Table;/);
  assert.match(metadata ?? '', /^application\/json;as=PartialObjectMetadata;/);
});
