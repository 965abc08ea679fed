import assert from 'node:assert/strict';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';

import { withoutRegistry, withRegistry, parseRegistries } from '../../../src/workbench/settings/parse-registries.ts';
import { parseTypedHost } from '../../../src/workbench/settings/typed-host.ts';

describe('a typed or pasted registry', () => {
  const cases: [typed: string, host: string, http: boolean][] = [
    ['registry.example', 'registry.example', false],
    [' Registry.Example:5000 ', 'registry.example:5000', false],
    ['https://registry.example/', 'registry.example', false],
    ['http://registry.example:5000/v2/', 'registry.example:5000', true],
    ['[::1]:5000', '[::1]:5000', false],
    ['docker.io', 'index.docker.io', false],
  ];
  for (const [typed, host, http] of cases) {
    it(`'${typed}' is ${host}, ${http ? 'over plain http' : 'over https'}`, () => {
      assert.deepEqual(parseTypedHost(typed), { host, http });
    });
  }

  for (const typed of ['', 'registry.example/path', 'http://', 'two words', 'user@host']) {
    it(`'${typed}' is rejected`, () => {
      assert.throws(() => parseTypedHost(typed), { code: 'oci.reference-invalid' });
    });
  }
});

describe('the setting carvelAirgap.registries', () => {
  it('shows the valid entries, and reports which are invalid and why', () => {
    const { registries, problems } = parseRegistries([
      { host: 'a.example', http: true },
      { host: 'b.example:5000', repositories: ['team/app', 'team/app', 'NOT/VALID'] },
      { host: 'https://c.example' },
      { host: 'a.example' },
      { http: false },
      'd.example',
      null,
    ]);
    assert.deepEqual(registries, [
      { host: 'a.example', http: true },
      { host: 'b.example:5000', repositories: ['team/app'] },
    ]);
    assert.equal(problems.length, 6);
    assert.match(problems[0] ?? '', /^carvelAirgap\.registries\[1\]\.repositories: .*NOT\/VALID/);
    assert.match(problems[1] ?? '', /^carvelAirgap\.registries\[2\]: .*https:\/\//);
    assert.match(problems[2] ?? '', /listed twice/);
  });

  it('knows what the cluster calls a registry, if that is a host', () => {
    const { registries, problems } = parseRegistries([
      { host: 'localhost:5000', clusterHost: 'registry.corp.example:443' },
      { host: 'b.example', clusterHost: 'https://b.corp.example' },
    ]);
    assert.deepEqual(registries, [
      { host: 'localhost:5000', clusterHost: 'registry.corp.example:443' },
      { host: 'b.example' },
    ]);
    assert.match(problems[0] ?? '', /^carvelAirgap\.registries\[1\]\.clusterHost: /);
  });

  it('accepts options that make a registry less safe only if they are exactly right', () => {
    const { registries, problems } = parseRegistries([
      { host: 'a.example', verifyCertificates: false, caFiles: ['~/ca.pem', 'ca.pem', '/etc/ca.pem'] },
      { host: 'b.example', verifyCertificates: 'false', http: 'yes', trustedCertificates: ['-----BEGIN CERT'] },
      { host: 'c.example', clientCertificate: { certificateFile: '/c.crt', keyFile: '/c.key' } },
      { host: 'd.example', clientCertificate: { certificateFile: '/c.crt' }, caFiles: '/etc/ca.pem' },
    ]);
    assert.deepEqual(registries, [
      { host: 'a.example', verifyCertificates: false, caFiles: [join(homedir(), 'ca.pem'), '/etc/ca.pem'] },
      { host: 'b.example' },
      { host: 'c.example', clientCertificate: { certificateFile: '/c.crt', keyFile: '/c.key' } },
      { host: 'd.example' },
    ]);
    const about = [
      '[0].caFiles',
      '[1].trustedCertificates',
      '[1].http',
      '[1].verifyCertificates',
      '[3].clientCertificate',
    ];
    for (const place of [...about, '[3].caFiles']) {
      assert.ok(
        problems.some((problem) => problem.startsWith(`carvelAirgap.registries${place}: `)),
        place,
      );
    }
    assert.equal(problems.length, 6);
  });

  it('is empty if it is not a list', () => {
    assert.deepEqual(parseRegistries({}).registries, []);
  });

  it('keeps unknown entries when a registry is added, changed or removed', () => {
    const written = [{ host: 'a.example', note: 'mine' }, 'nonsense'];
    const added = withRegistry(written, { host: 'b.example' });
    assert.deepEqual(added, [...written, { host: 'b.example' }]);
    const changed = withRegistry(added, { host: 'a.example', http: true });
    assert.deepEqual(changed, [{ host: 'a.example', note: 'mine', http: true }, 'nonsense', { host: 'b.example' }]);
    assert.deepEqual(withoutRegistry(changed, 'a.example'), ['nonsense', { host: 'b.example' }]);
  });
});
