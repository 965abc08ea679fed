import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { packageRepositoryDocument } from '../../../src/packaging/repository-document.ts';
import { ScriptedServer, json, status } from './scripted-server.ts';
import { failureOf, repositoryJson, sessionWith } from './sessions.ts';

const { signal } = new AbortController();
const PATH = '/apis/packaging.carvel.dev/v1alpha1/namespaces/demo/packagerepositories/packages';
const DOCUMENT = packageRepositoryDocument({
  bundle: { registry: 'r.example', path: 'a/packages', digest: `sha256:${'1'.repeat(64)}`, tag: 'v1' },
  namespace: 'demo',
});

let server: ScriptedServer;
beforeEach(async () => {
  server = await ScriptedServer.start();
});
afterEach(() => server.close());

test('a document is applied server-side, as carvel-airgap, with unknown fields rejected', async () => {
  server.on(PATH, json(repositoryJson('packages', '7')));
  const { repository, yaml } = await sessionWith(server.url).applyPackageRepository(DOCUMENT, { signal });
  const [request] = server.seen;
  assert.equal(request?.method, 'PATCH');
  assert.equal(request.headers['content-type'], 'application/apply-patch+yaml');
  assert.equal(request.query.toString(), 'fieldManager=carvel-airgap&fieldValidation=Strict');
  assert.deepEqual(JSON.parse(request.body), {
    apiVersion: 'packaging.carvel.dev/v1alpha1',
    kind: 'PackageRepository',
    metadata: { name: 'packages', namespace: 'demo' },
    spec: { fetch: { imgpkgBundle: { image: `r.example/a/packages@sha256:${'1'.repeat(64)}` } } },
  });
  assert.deepEqual([repository.namespace, repository.name, repository.resourceVersion], ['demo', 'packages', '7']);
  assert.doesNotMatch(yaml, /resourceVersion|generation/);
});

test('a dry run and taking over fields happen only on request', async () => {
  server.on(PATH, json(repositoryJson('packages', '7')));
  await sessionWith(server.url).applyPackageRepository(DOCUMENT, { signal, dryRun: true, force: true });
  assert.equal(server.seen[0]?.query.get('dryRun'), 'All');
  assert.equal(server.seen[0].query.get('force'), 'true');
});

test("a document without a namespace goes to the chosen one, or to the context's", async () => {
  const document = DOCUMENT.replace('  namespace: demo\n', '');
  const other = PATH.replace('demo', 'other');
  server.on(PATH, json(repositoryJson('packages', '7'))).on(other, json(repositoryJson('packages', '7')));
  const session = sessionWith(server.url);
  await session.applyPackageRepository(document, { signal });
  await session.applyPackageRepository(document, { signal, namespace: 'other' });
  await session.applyPackageRepository(DOCUMENT, { signal, namespace: 'other' });
  assert.deepEqual(
    server.seen.map(({ path }) => path),
    [PATH, other, PATH],
    'what the document says counts most',
  );
});

test('a copy of what the cluster returned can be applied without the fields that only the server writes', async () => {
  server.on(PATH, json(repositoryJson('packages', '7')));
  const copy = DOCUMENT.replace(
    'metadata:\n',
    'metadata:\n  uid: 1-2\n  resourceVersion: "5"\n  managedFields: [{manager: x}]\n  creationTimestamp: null\n  labels: {a: b}\n',
  );
  await sessionWith(server.url).applyPackageRepository(`${copy}status:\n  observedGeneration: 1\n`, { signal });
  const sent = JSON.parse(server.seen[0]?.body ?? '') as { metadata: object };
  assert.deepEqual(sent.metadata, { name: 'packages', namespace: 'demo', labels: { a: 'b' } });
  assert.ok(!('status' in sent));
});

test('a field that another manager owns is a conflict that names the manager and the field', async () => {
  server.on(
    PATH,
    status(409, 'Conflict', 'Apply failed with 1 conflict', {
      causes: [
        {
          reason: 'FieldManagerConflict',
          message: 'conflict with "kubectl-edit" using packaging.carvel.dev/v1alpha1',
          field: '.spec.fetch.imgpkgBundle.image',
        },
      ],
    }),
  );
  const failure = await failureOf(sessionWith(server.url).applyPackageRepository(DOCUMENT, { signal }));
  assert.equal(failure.code, 'cluster.conflict');
  assert.equal(
    failure.message,
    'kubectl-edit manages spec.fetch.imgpkgBundle.image of demo/packages with another value',
  );
});

test('a missing or terminating namespace is reported by name', async () => {
  server.on(PATH, status(404, 'NotFound', 'namespaces "demo" not found', { name: 'demo', kind: 'namespaces' }));
  const missing = await failureOf(sessionWith(server.url).applyPackageRepository(DOCUMENT, { signal }));
  assert.equal(missing.code, 'cluster.namespace-missing');
  assert.deepEqual((missing.args as { namespace: string }).namespace, 'demo');
  server.on(PATH, status(403, 'Forbidden', 'it is being terminated', { causes: [{ reason: 'NamespaceTerminating' }] }));
  const going = await failureOf(sessionWith(server.url).applyPackageRepository(DOCUMENT, { signal }));
  assert.equal(going.code, 'cluster.namespace-terminating');
});

test('a cluster without the API is reported, in both wordings of servers', async () => {
  const failure = await failureOf(sessionWith(server.url).applyPackageRepository(DOCUMENT, { signal }));
  assert.equal(failure.code, 'cluster.api-missing');
  server.on(PATH, status(404, 'NotFound', 'the server could not find the requested resource'));
  assert.equal(
    (await failureOf(sessionWith(server.url).applyPackageRepository(DOCUMENT, { signal }))).code,
    'cluster.api-missing',
  );
});

test('a rejected document is reported with the reason', async () => {
  server.on(PATH, status(422, 'Invalid', 'spec.fetch: Required value'));
  const failure = await failureOf(sessionWith(server.url).applyPackageRepository(DOCUMENT, { signal }));
  assert.equal(failure.message, 'The cluster rejected demo/packages: spec.fetch: Required value');
});

test('a field missing from the schema is a fault of the document, although Kubernetes answers 500', async () => {
  server.on(
    PATH,
    status(500, '', 'failed to create typed patch object (demo/packages): .spec.fetsh: field not declared in schema'),
  );
  const failure = await failureOf(sessionWith(server.url).applyPackageRepository(DOCUMENT, { signal }));
  assert.equal(failure.code, 'cluster.invalid');
  assert.match(failure.message, /\.spec\.fetsh: field not declared/);
});

for (const [what, document, code] of [
  ['broken YAML', `${DOCUMENT}  bad: [`, 'document-broken'],
  ['nothing but comments', '# todo\n', 'document-broken'],
  ['two documents', `${DOCUMENT}---\n${DOCUMENT}`, 'document-many'],
  ['another kind', DOCUMENT.replace('kind: PackageRepository', 'kind: Secret'), 'document-kind'],
  ['the old apiVersion', DOCUMENT.replace('packaging.carvel.dev', 'install.package.carvel.dev'), 'document-old'],
  ['a name in capitals', DOCUMENT.replace('name: packages', 'name: Packages'), 'document-name'],
  ['a name with a way out of the path', DOCUMENT.replace('name: packages', 'name: ../../secrets'), 'document-name'],
  ['a namespace that is a number', DOCUMENT.replace('namespace: demo', 'namespace: 5'), 'document-name'],
] as const) {
  test(`${what} is rejected before anything is sent`, async () => {
    const failure = await failureOf(sessionWith(server.url).applyPackageRepository(document, { signal }));
    assert.equal(failure.code, `packaging.${code}`);
    assert.deepEqual(server.seen, []);
  });
}

test('reading a repository returns it, or nothing if it does not exist', async () => {
  server.on(PATH, json(repositoryJson('packages', '7')));
  const session = sessionWith(server.url);
  assert.equal((await session.getPackageRepository('demo', 'packages', signal))?.repository.name, 'packages');
  server.on(
    PATH,
    status(404, 'NotFound', 'not found', {
      name: 'packages',
      group: 'packaging.carvel.dev',
      kind: 'packagerepositories',
    }),
  );
  assert.equal(await session.getPackageRepository('demo', 'packages', signal), undefined);
});

test('a namespace is created; one that exists by then is fine', async () => {
  server.on('/api/v1/namespaces', json({ kind: 'Namespace' }, 201));
  const session = sessionWith(server.url);
  await session.createNamespace('demo', signal);
  assert.deepEqual((JSON.parse(server.seen[0]?.body ?? '') as { metadata: object }).metadata, { name: 'demo' });
  server.on('/api/v1/namespaces', status(409, 'AlreadyExists'));
  await session.createNamespace('demo', signal);
  assert.equal((await failureOf(session.createNamespace('Not/A/Name', signal))).code, 'cluster.namespace-name');
});

test('the YAML to compare omits what servers and controllers write', async () => {
  server.on(
    PATH,
    json(
      repositoryJson('packages', '7', {
        metadata: {
          name: 'packages',
          namespace: 'demo',
          uid: 'x',
          annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '{}', kept: 'yes' },
          finalizers: ['finalizers.packagerepository.packaging.carvel.dev/delete'],
          managedFields: [],
        },
        status: { friendlyDescription: 'Reconcile succeeded' },
      }),
    ),
  );
  const stored = await sessionWith(server.url).getPackageRepository('demo', 'packages', signal);
  assert.equal(
    stored?.yaml,
    `apiVersion: packaging.carvel.dev/v1alpha1
kind: PackageRepository
metadata:
  name: packages
  namespace: demo
  annotations:
    kept: "yes"
spec:
  fetch:
    imgpkgBundle:
      image: registry.example/packages:v1
`,
  );
});
