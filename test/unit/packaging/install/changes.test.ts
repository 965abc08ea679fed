import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { parseAllDocuments } from 'yaml';

import { defined, record } from '../../../../src/base/json.ts';
import {
  changeDocument,
  newValuesSecret,
  overlaidValues,
  valuesReferences,
} from '../../../../src/packaging/install/change-document.ts';
import { createdObjects } from '../../../../src/packaging/install/created-objects.ts';
import { findInstalls } from '../../../../src/packaging/install/find-installs.ts';
import { installDocument } from '../../../../src/packaging/install/install-document.ts';
import { parseApp, parseInstalledObject, parsePod } from '../../../../src/packaging/install/installed-objects.ts';
import { chosenVersion, isPrerelease } from '../../../../src/packaging/install/package-versions.ts';
import { readInstall } from '../../../../src/packaging/install/read-install.ts';
import { changeLines, schemaChanges } from '../../../../src/packaging/install/schema-changes.ts';
import { parseValuesSchema } from '../../../../src/packaging/install/values-schema.ts';

/** The spec of the PackageInstall in a document. */
const specOf = (text: string): unknown => readInstall(text, 'apps').objects.at(-1)?.object['spec'];
const schemaOf = (properties: object) => parseValuesSchema({ openAPIv3: { type: 'object', properties } });

describe('what an upgrade changes in the values', () => {
  const before = schemaOf({
    greeting: { type: 'string', default: 'hello' },
    times: { type: 'integer', default: 1 },
    size: { type: 'string', default: 's' },
    same: { type: 'boolean', default: true },
    tls: { type: 'object', properties: { mode: { type: 'string', default: 'off' } } },
  });
  const after = schemaOf({
    salutation: { type: 'string', default: 'hello' },
    times: { type: 'integer', default: 3 },
    size: { type: 'integer', default: 1 },
    same: { type: 'boolean', default: true },
    tls: {
      type: 'object',
      properties: { mode: { type: 'string', default: 'off' }, hosts: { type: 'array', default: [] } },
    },
  });

  test('is what was added, removed, and what has another type or default', () => {
    const changes = schemaChanges(before, after, { greeting: 'hi', times: 2 });
    assert.deepEqual(changeLines(changes, '1.0.0', '2.0.0'), [
      'What changes in the values from 1.0.0 to 2.0.0:',
      '  + salutation: string; default: "hello"',
      '  ~ times: default 1 -> default 3 (you set it)',
      '  ~ size: string; default: "s" -> integer; default: 1',
      '  + tls.hosts: array; default: []',
      '  - greeting: string; default: "hello" (you set it)',
    ]);
    assert.deepEqual(changeLines(schemaChanges(before, before, {}), '1', '2'), ['The values of 1 and 2 are the same.']);
  });

  test('is nothing between a published Package and itself, and everything without a schema', () => {
    const file = new URL('../../../fixtures/public-packages.json', import.meta.url);
    const { packages } = JSON.parse(readFileSync(file, 'utf8')) as { packages: { valuesSchema: unknown }[] };
    for (const { valuesSchema } of packages) {
      const schema = parseValuesSchema(valuesSchema);
      assert.deepEqual(schemaChanges(schema, schema, {}), []);
      const added = schemaChanges(undefined, schema, {});
      assert.equal(added.length, schemaChanges(schema, undefined, {}).length);
      assert.ok(added.every(({ kind }) => kind === 'added'));
    }
  });
});

describe('a document that changes a PackageInstall', () => {
  const plan = {
    namespace: 'apps',
    name: 'demo',
    refName: 'demo.test',
    constraints: '1.0.0',
    rights: { kind: 'cluster' },
    values: 'greeting: hi\n',
  } as const;
  const stored = readInstall(installDocument(plan), 'apps').objects.at(-1)?.object ?? assert.fail();

  test('keeps the values, and changes only the version', () => {
    assert.deepEqual(valuesReferences(stored), [{ name: 'demo-apps-values' }]);
    const secret = { name: 'demo-apps-values', texts: { 'values.yaml': plan.values }, isReferenced: true };
    const change = { context: 'dev', install: stored, constraints: '2.0.0', secret, notes: ['One.', 'Two.'] };
    const text = changeDocument(change);
    assert.match(text, /^# kube-context: dev\n# One\.\n# Two\.\napiVersion: v1\nkind: Secret\n/);
    const [found] = findInstalls(text);
    assert.equal(found?.context, 'dev');
    assert.equal(found.values[0]?.text.trim(), 'greeting: hi');
    const { objects } = readInstall(text, 'other');
    assert.deepEqual(
      objects.map(({ kind, namespace }) => [kind, namespace]),
      [
        ['Secret', 'apps'],
        ['PackageInstall', 'apps'],
      ],
    );
    const upgraded = readInstall(installDocument({ ...plan, constraints: '2.0.0' }), 'apps').objects.at(-1)?.object;
    assert.deepEqual(objects.at(-1)?.object, upgraded);
  });

  test('refers to new values, and records the Secret for kctrl', () => {
    const { values: _, ...bare } = plan;
    const install = readInstall(installDocument(bare), 'apps').objects.at(-1)?.object ?? assert.fail();
    const text = changeDocument({
      context: 'dev',
      install,
      secret: newValuesSecret(plan, 'greeting: hi\n'),
      notes: [],
    });
    assert.deepEqual(readInstall(text, 'apps').objects.at(-1)?.object, stored);
    assert.equal(parseAllDocuments(text).length, 2);
  });

  test('keeps all Secrets with values, and contains only the one that is edited', () => {
    const references = [{ secretRef: { name: 'base' } }, { secretRef: { name: 'own', key: 'b.yml' } }];
    const spec = { ...(stored['spec'] as object), values: references };
    const install = { ...stored, spec };
    const secrets = new Map([
      ['base', { name: 'base', texts: { 'a.yml': 'web: {port: 1, host: a}\n' }, isReferenced: true }],
      ['own', { name: 'own', texts: { 'a.yml': 'web: {port: 2}\n', 'b.yml': 'web: {port: 3}\n' }, isReferenced: true }],
    ]);
    assert.deepEqual(overlaidValues(valuesReferences(install), secrets), { web: { port: 3, host: 'a' } });
    const text = changeDocument({ context: 'dev', install, secret: secrets.get('own') ?? assert.fail(), notes: [] });
    const { objects } = readInstall(text, 'apps');
    assert.deepEqual(
      objects.map(({ kind, name }) => [kind, name]),
      [
        ['Secret', 'own'],
        ['PackageInstall', 'demo'],
      ],
    );
    assert.deepEqual(record(specOf(text))['values'], references);
    // Applying it must not remove the other key.
    assert.deepEqual(Object.keys(record(objects[0]?.object['data'])), ['a.yml', 'b.yml']);
    const [found] = findInstalls(text);
    assert.deepEqual(
      found?.values.map(({ key }) => key),
      ['b.yml'],
    );
  });

  test('takes a constraint, and allows prereleases only if that is needed', () => {
    const selection = (change: object, install = stored): unknown => {
      const text = changeDocument({ context: 'dev', install, notes: [], ...change });
      return record(specOf(text))['packageRef'];
    };
    const versionSelection = { constraints: '>=1.0.0 <2.0.0', prereleases: {} };
    assert.deepEqual(selection({ constraints: '>=1.0.0 <2.0.0' }), { refName: 'demo.test', versionSelection });
    const strict = { refName: 'demo.test', versionSelection: { constraints: '1.0.0' } };
    const install = { ...stored, spec: { ...(stored['spec'] as object), packageRef: strict } };
    assert.deepEqual(selection({ constraints: '2.0.0' }, install), {
      refName: 'demo.test',
      versionSelection: { constraints: '2.0.0' },
    });
    assert.deepEqual(selection({ constraints: '2.0.0-rc.1', prereleases: true }, install), {
      refName: 'demo.test',
      versionSelection: { constraints: '2.0.0-rc.1', prereleases: {} },
    });
  });

  test('takes other rights, with what gives them', () => {
    const text = changeDocument({ context: 'dev', install: stored, rights: { kind: 'namespace' }, notes: [] });
    const { objects } = readInstall(text, 'apps');
    assert.deepEqual(
      objects.map(({ kind }) => kind),
      ['ServiceAccount', 'Role', 'RoleBinding', 'PackageInstall'],
    );
    const existing = changeDocument({
      context: 'dev',
      install: stored,
      rights: { kind: 'existing', account: 'builder' },
      notes: [],
    });
    assert.equal(record(specOf(existing))['serviceAccountName'], 'builder');
  });
});

describe('the version that a constraint selects', () => {
  const packages = ['1.0.0', '1.2.0', '2.0.0-rc.1', '2.0.0'].map((version) => ({
    namespace: 'apps',
    name: `a.${version}`,
    refName: 'a',
    version,
    template: { fetches: [], steps: [] },
    images: [],
  }));
  const chosen = (constraints: string, prereleases?: boolean) =>
    chosenVersion(packages, { namespace: 'apps', refName: 'a', constraints, ...defined({ prereleases }) });

  test('is the newest that satisfies it, and a prerelease only if they are allowed', () => {
    assert.equal(chosen('>=1.0.0 <2.0.0'), '2.0.0-rc.1');
    assert.equal(chosen('>=1.0.0 <2.0.0', false), '1.2.0');
    assert.equal(chosen('1.x'), '1.2.0');
    assert.equal(chosen('>3.0.0'), undefined);
    assert.deepEqual(
      packages.map(({ version }) => isPrerelease(version)),
      [false, false, true, false],
    );
  });
});

describe('what goes with a PackageInstall', () => {
  const namesFor = (rights: Parameters<typeof installDocument>[0]['rights']): string[] => {
    const plan = {
      namespace: 'apps',
      name: 'demo',
      refName: 'demo.test',
      constraints: '1.0.0',
      rights,
      values: 'a: 1\n',
    };
    const install = readInstall(installDocument(plan), 'apps').objects.at(-1)?.object;
    return createdObjects(install).map(({ kind, name, namespace }) => `${kind} ${namespace ?? '*'}/${name}`);
  };

  test('is what its annotations record', () => {
    assert.deepEqual(namesFor({ kind: 'cluster' }), [
      'ServiceAccount apps/demo-apps-sa',
      'ClusterRole */demo-apps-cluster-role',
      'ClusterRoleBinding */demo-apps-cluster-rolebinding',
      'Secret apps/demo-apps-values',
    ]);
    assert.deepEqual(namesFor({ kind: 'existing', account: 'builder' }), ['Secret apps/demo-apps-values']);
  });

  test('includes the Role of an account with rights in one namespace', () => {
    assert.deepEqual(namesFor({ kind: 'namespace' }), [
      'ServiceAccount apps/demo-apps-sa',
      'Secret apps/demo-apps-values',
      'RoleBinding apps/demo-apps-sa',
      'Role apps/demo-apps-sa',
    ]);
  });
});

test('an App says what belongs to it, an object where its images come from, a pod why it does not run', () => {
  const associatedResources = {
    label: 'kapp.k14s.io/app=1',
    namespaces: ['apps'],
    groupKinds: [{ group: '', kind: 'Service' }, { kind: 'x' }, {}],
  };
  const app = parseApp({ status: { deploy: { kapp: { associatedResources } } } });
  assert.deepEqual(app.groupKinds, [
    { group: '', kind: 'Service' },
    { group: '', kind: 'x' },
  ]);
  assert.equal(app.label, 'kapp.k14s.io/app=1');
  const images =
    '- origins:\n  - resolved: {url: "vendor.example/web:v1", tag: v1}\n  url: inside.example/web@sha256:1\n';
  const deployment = {
    metadata: { name: 'web', annotations: { 'kbld.k14s.io/images': images } },
    spec: { replicas: 2 },
    status: {},
  };
  assert.deepEqual(parseInstalledObject(deployment, 'Deployment'), {
    kind: 'Deployment',
    name: 'web',
    origins: { 'inside.example/web@sha256:1': 'vendor.example/web:v1' },
    ready: '0/2',
  });
  const pod = parsePod(
    {
      metadata: { name: 'web-1', namespace: 'apps' },
      spec: { nodeName: 'n1', containers: [{ name: 'web', image: 'inside.example/web@sha256:1' }] },
      status: {
        phase: 'Pending',
        containerStatuses: [
          {
            name: 'web',
            ready: false,
            restartCount: 0,
            state: { waiting: { reason: 'ErrImagePull', message: 'not found' } },
          },
        ],
      },
    },
    [{ type: 'Warning', reason: 'Failed', message: 'pull', lastTimestamp: '2026-01-01T00:00:00Z' }],
  );
  assert.equal(pod?.state, 'ErrImagePull');
  assert.equal(pod.containers[0]?.problem, 'ErrImagePull: not found');
  assert.equal(pod.events[0]?.reason, 'Failed');
});
