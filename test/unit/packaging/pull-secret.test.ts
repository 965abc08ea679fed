import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse, parseAllDocuments } from 'yaml';
import { pullSecretObjects, pullSecretYaml } from '../../../src/packaging/pull-secret.ts';

const secret = { namespace: 'team', name: 'pull', registry: 'r.example:5000', username: 'puller', password: 'p"ä$s' };

test('a pull secret is what kapp-controller reads: host, user and password in a dockerconfigjson', () => {
  const [object, ...more] = pullSecretObjects(secret);
  assert.deepEqual(more, []);
  assert.equal(object?.['type'], 'kubernetes.io/dockerconfigjson');
  const data = (object['data'] as Record<string, string>)['.dockerconfigjson'] ?? '';
  assert.deepEqual(JSON.parse(Buffer.from(data, 'base64').toString()), {
    auths: { 'r.example:5000': { username: 'puller', password: 'p"ä$s' } },
  });
});

test('Docker Hub has the name that kapp-controller expects', () => {
  const yaml = pullSecretYaml({ ...secret, registry: 'docker.io' });
  assert.match(yaml, /index\.docker\.io/);
});

test('what is shown has a mask instead of the password, and no encoding of it', () => {
  const shown = pullSecretYaml({ ...secret, exportTo: ['*'] });
  for (const form of [
    secret.password,
    JSON.stringify(secret.password).slice(1, -1),
    Buffer.from(secret.password).toString('base64'),
  ])
    assert.ok(!shown.includes(form));
  const [first] = parseAllDocuments(shown).map((document) => document.toJS() as { stringData: Record<string, string> });
  assert.deepEqual(parse(first?.stringData['.dockerconfigjson'] ?? ''), {
    auths: { 'r.example:5000': { username: 'puller', password: '********' } },
  });
});

test('a secret for other namespaces comes with a SecretExport of its name', () => {
  const [, exported] = pullSecretObjects({ ...secret, exportTo: ['a', 'b'] });
  assert.deepEqual(exported, {
    apiVersion: 'secretgen.carvel.dev/v1alpha1',
    kind: 'SecretExport',
    metadata: { name: 'pull', namespace: 'team' },
    spec: { toNamespaces: ['a', 'b'] },
  });
});
