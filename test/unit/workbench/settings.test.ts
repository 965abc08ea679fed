import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';

import {
  hasTrust,
  withHost,
  withoutRegistry,
  withRegistry,
  withRestored,
  writtenRegistry,
} from '../../../src/workbench/settings/edit-registries.ts';
import { parseRegistries, parseRegistryRoles, withRoles } from '../../../src/workbench/settings/parse-registries.ts';
import { parseTypedHost, parseTypedPlace, repositoryIn } from '../../../src/workbench/settings/typed-host.ts';

/** Fields of a registry that mean the same for any host. */
const NOT_BOUND = ['host', 'name', 'role', 'clusterHost', 'repositories'];

/** The fields of a registry in the manifest. */
function settingSchema(): Record<string, unknown> {
  const manifest = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as {
    contributes: { configuration: { properties: Record<string, { items: { properties: Record<string, unknown> } }> } };
  };
  return manifest.contributes.configuration.properties['carvelAirgap.registries']?.items.properties ?? {};
}

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

  for (const typed of ['', 'http://', 'two words', 'user@host', 'user:secret@host/team/app', '/team/app']) {
    it(`'${typed}' is rejected`, () => {
      assert.throws(() => parseTypedHost(typed), { code: 'oci.reference-invalid' });
    });
  }

  for (const port of ['0', '65536', '99999']) {
    it(`refuses port ${port} in a plain sentence`, () => {
      const reason = `the port must be between 1 and 65535, not ${port}`;
      assert.throws(() => parseTypedHost(`registry.example:${port}`), {
        args: { reference: `registry.example:${port}`, reason },
      });
    });
  }

  const digest = `sha256:${'0123456789abcdef'.repeat(4)}`;
  const references: [typed: string, place: object][] = [
    ['registry/team/packages', { host: 'registry', http: false, path: 'team/packages' }],
    [
      'registry.example:65535/team/app:1.0',
      { host: 'registry.example:65535', http: false, path: 'team/app', tag: '1.0' },
    ],
    ['https://registry.example/team/app/', { host: 'registry.example', http: false, path: 'team/app' }],
    ['http://registry.example/app:1.0', { host: 'registry.example', http: true, path: 'app', tag: '1.0' }],
    ['oci://registry.example/charts/app', { host: 'registry.example', http: false, path: 'charts/app' }],
    [`"registry.example/app@${digest}"`, { host: 'registry.example', http: false, path: 'app', digest }],
    [`registry.example/app:v1@${digest}`, { host: 'registry.example', http: false, path: 'app', tag: 'v1', digest }],
    ['[::1]:5000/team/app', { host: '[::1]:5000', http: false, path: 'team/app' }],
    ['docker.io/nginx', { host: 'index.docker.io', http: false, path: 'library/nginx' }],
  ];
  for (const [typed, place] of references) {
    it(`understands '${typed}'`, () => assert.deepEqual(parseTypedPlace(typed), place));
  }
});

describe('a repository that is typed or pasted for a registry', () => {
  const digest = `sha256:${'0123456789abcdef'.repeat(4)}`;
  for (const typed of [
    'team/app',
    ' team/app/ ',
    'team/app:1.0',
    `team/app@${digest}`,
    'registry.example:5000/team/app',
    'https://registry.example:5000/team/app:1.0',
    `oci://registry.example:5000/team/app:1.0@${digest}`,
  ]) {
    it(`understands '${typed}'`, () => assert.equal(repositoryIn('registry.example:5000', typed), 'team/app'));
  }

  it('keeps a path that begins with the host of a mirrored registry', () => {
    assert.equal(repositoryIn('mirror.example', 'docker.io/library/nginx'), 'docker.io/library/nginx');
  });

  for (const typed of ['https://other.example/team/app', 'other.example:5000/team/app']) {
    it(`refuses '${typed}', which is in another registry`, () => {
      assert.throws(() => repositoryIn('registry.example:5000', typed), /it is in another registry, other\.example/);
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

  it('keeps names and roles that are valid, and reports the others', () => {
    const { registries, problems } = parseRegistries([
      { host: 'a.example', name: ' Production ', role: 'inside' },
      { host: 'b.example', name: 'x'.repeat(61), role: 'outside' },
      { host: 'c.example', name: 'two\nlines', role: 'source' },
      { host: 'd.example', name: '' },
    ]);
    assert.deepEqual(registries, [
      { host: 'a.example', name: 'Production', role: 'inside' },
      { host: 'b.example' },
      { host: 'c.example', role: 'source' },
      { host: 'd.example' },
    ]);
    assert.equal(problems.length, 4);
    assert.match(problems[1] ?? '', /^carvelAirgap\.registries\[1\]\.role: it is neither 'source' nor 'inside'$/);
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

  it('removes a field that is set to undefined', () => {
    const written = [{ host: 'a.example', name: 'A', role: 'inside' }];
    assert.deepEqual(withRegistry(written, { host: 'a.example', role: undefined }), [{ host: 'a.example', name: 'A' }]);
  });

  it('restores a removed registry in its place, with fields that it does not know', () => {
    const written = [
      { host: 'a.example' },
      { host: 'b.example', note: 'mine', trustedCertificates: ['x'] },
      'nonsense',
    ];
    const removed = writtenRegistry(written, 'b.example');
    assert.ok(removed);
    assert.deepEqual(withRestored(withoutRegistry(written, 'b.example'), removed), written);
    const added = [{ host: 'b.example' }];
    assert.deepEqual(withRestored(added, removed), added, 'what was added in the meantime counts');
    assert.equal(writtenRegistry(written, 'c.example'), undefined);
  });

  it('changes a host, and what was decided for the old one applies to the new one only with consent', () => {
    const kept = { name: 'A', role: 'inside', repositories: ['app'], clusterHost: 'c.example', note: 'mine' };
    const trust = {
      http: true,
      verifyCertificates: false,
      caFiles: ['/ca.pem'],
      trustedCertificates: ['pem'],
      clientCertificate: { certificateFile: '/c', keyFile: '/k' },
      trustedTokenServers: ['auth.example'],
    };
    const written = [
      { host: 'a.example', ...kept, ...trust },
      { host: 'b.example', http: true },
    ];
    const [, other] = written;
    assert.deepEqual(withHost(written, 'a.example', 'n.example', false), [{ ...kept, host: 'n.example' }, other]);
    assert.deepEqual(withHost(written, 'a.example', 'n.example', true), [
      { ...kept, ...trust, host: 'n.example' },
      other,
    ]);
  });

  it('knows every field that is bound to the host', () => {
    assert.equal(hasTrust({ host: 'a.example', name: 'A', role: 'inside', repositories: ['app'] }), false);
    for (const field of Object.keys(settingSchema()).filter((name) => !NOT_BOUND.includes(name))) {
      assert.equal(hasTrust({ host: 'a.example', [field]: [] }), true, field);
    }
  });
});

describe('the setting carvelAirgap.registryRoles', () => {
  it('overrides the role of a registry, and nothing else', () => {
    const { roles, problems } = parseRegistryRoles({
      'a.example': 'inside',
      'docker.io': 'source',
      'b.example': 'none',
    });
    assert.deepEqual(problems, []);
    const registries = [
      { host: 'a.example', name: 'A', role: 'source', http: true },
      { host: 'b.example', role: 'inside' },
      { host: 'c.example', role: 'inside' },
      { host: 'index.docker.io' },
    ] as const;
    assert.deepEqual(withRoles(registries, roles), [
      { host: 'a.example', name: 'A', http: true, role: 'inside' },
      { host: 'b.example' },
      { host: 'c.example', role: 'inside' },
      { host: 'index.docker.io', role: 'source' },
    ]);
  });

  it('skips what is invalid', () => {
    const { roles, problems } = parseRegistryRoles({ 'https://a.example': 'inside', 'b.example': { role: 'inside' } });
    assert.equal(roles.size, 0);
    assert.equal(problems.length, 2);
    assert.deepEqual(parseRegistryRoles(['a.example']).problems, ['carvelAirgap.registryRoles is not an object']);
  });
});
