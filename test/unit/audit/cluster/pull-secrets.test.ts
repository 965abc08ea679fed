import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { isKeyFor, PullSecrets } from '../../../../src/audit/cluster/pull-secrets.ts';
import { parseRepository } from '../../../../src/oci/reference.ts';

const fits = (key: string, repository: string): boolean => isKeyFor(key, parseRepository(repository));

describe('a key of a pull secret', () => {
  test('fits the repositories of its registry, or those below its path', () => {
    assert.ok(fits('registry.example', 'registry.example/team/app'));
    assert.ok(fits('https://registry.example/v1/', 'registry.example/team/app'));
    assert.ok(fits('registry.example/team', 'registry.example/team/app'));
    assert.ok(!fits('registry.example/other', 'registry.example/team/app'));
    assert.ok(!fits('registry.example', 'other.example/team/app'));
  });

  test('must name the same port', () => {
    assert.ok(fits('registry.example:5000', 'registry.example:5000/team/app'));
    assert.ok(!fits('registry.example', 'registry.example:5000/team/app'));
    assert.ok(!fits('registry.example:5000', 'registry.example/team/app'));
  });

  test('may have patterns within one label of the host', () => {
    assert.ok(fits('*.example', 'registry.example/team/app'));
    assert.ok(fits('*.kube.example:5000', 'prefix.kube.example:5000/team/app'));
    assert.ok(!fits('*.example', 'a.registry.example/team/app'));
    assert.ok(!fits('*', 'registry.example/team/app'));
  });

  test('has several names for Docker Hub', () => {
    for (const key of ['https://index.docker.io/v1/', 'docker.io', 'index.docker.io'])
      assert.ok(fits(key, 'library/nginx'));
  });
});

describe('the pull secrets of a cluster', () => {
  const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64');

  test('keep the registries of Secrets of both types, and no credentials', () => {
    const secrets = new PullSecrets();
    const auths = { 'registry.example': { auth: 'c2VjcmV0OnNlY3JldA==' } };
    const metadata = (name: string) => ({ metadata: { namespace: 'team', name } });
    secrets.addSecret({ ...metadata('new'), data: { '.dockerconfigjson': encode({ auths }) } });
    secrets.addSecret({ ...metadata('old'), data: { '.dockercfg': encode(auths) } });
    secrets.addSecret({ ...metadata('empty'), data: { '.dockerconfigjson': encode({ auths: {} }) } });
    secrets.addSecret({ ...metadata('broken'), data: { '.dockerconfigjson': 'e30' } });
    assert.deepEqual(
      ['new', 'old', 'empty', 'broken', 'none'].map((name) => secrets.registriesOf('team', name)),
      [['registry.example'], ['registry.example'], [], [], undefined],
    );
    assert.equal(secrets.registriesOf('other', 'new'), undefined);
  });

  test('know what a ServiceAccount adds', () => {
    const secrets = new PullSecrets();
    secrets.addAccount({ metadata: { namespace: 'team', name: 'sa' }, imagePullSecrets: [{ name: 'pull' }, {}] });
    assert.deepEqual([secrets.ofAccount('team', 'sa'), secrets.ofAccount('team', 'default')], [['pull'], []]);
  });
});
