// Reading a policy.json, and finding the requirements for an image in it.
import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import type { Policy } from '../../../src/trust/policy.ts';
import { loadPolicy, requirementsFor } from '../../../src/trust/policy.ts';
import { identityProblem } from '../../../src/trust/signed-identity.ts';
import type { SignedIdentity } from '../../../src/trust/signed-identity.ts';
import { parseDigestReference } from '../../../src/oci/reference.ts';
import { makeTemporaryFolder, type TemporaryFolder } from '../../support/lifetime.ts';

let folder: TemporaryFolder;
let count = 0;
before(async () => {
  folder = await makeTemporaryFolder('policies');
  await mkdir(join(folder.path, 'keys'));
  await writeFile(join(folder.path, 'keys/vendor.pub'), 'a key');
  await writeFile(join(folder.path, 'root.json'), '{"tlogs": []}');
});
after(() => folder?.remove());

async function load(content: unknown): Promise<Policy> {
  const path = join(folder.path, `${count++}.json`);
  await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content));
  return loadPolicy(path);
}
const signed = (fields: object) => load({ default: [{ type: 'sigstoreSigned', ...fields }] });

test('keys and roots are found next to the policy', async () => {
  const policy = await signed({ keyPaths: ['keys/vendor.pub'] });
  assert.deepEqual(policy.fallback, [
    {
      type: 'sigstoreSigned',
      keys: [{ name: 'keys/vendor.pub', pem: 'a key' }],
      identities: [],
      signedIdentity: { type: 'default' },
    },
  ]);
  const identity = { issuer: 'https://token.example', subjectRegExp: 'https://git\\.example/.*' };
  const { fallback } = await signed({ identities: [identity], trustedRootPath: 'root.json' });
  assert.deepEqual(fallback, [
    {
      type: 'sigstoreSigned',
      keys: [],
      identities: [{ issuer: 'https://token.example', subject: /^(?:https:\/\/git\.example\/.*)$/u }],
      trustedRoot: { tlogs: [] },
      signedIdentity: { type: 'default' },
    },
  ]);
});

test('the most specific scope applies', async () => {
  const digest = `sha256:${'1'.repeat(64)}`;
  const scopes = [
    `registry.example:5000/team/app@${digest}`,
    'registry.example:5000/team/app:v1',
    'registry.example:5000/team/app',
    'registry.example:5000/team',
    'registry.example:5000',
    '*.lab.example',
    'docker.io/library',
    '',
  ];
  const docker = Object.fromEntries(scopes.map((scope) => [scope, [{ type: 'reject' }]]));
  const policy = await load({ default: [{ type: 'reject' }], transports: { docker } });
  const scopeOf = (name: string, tag?: string, of = policy) =>
    requirementsFor(of, parseDigestReference(`${name}@${digest}`), tag).scope;
  assert.equal(scopeOf('registry.example:5000/team/app', 'v1'), 'registry.example:5000/team/app:v1');
  assert.equal(scopeOf('registry.example:5000/team/app', 'v2'), `registry.example:5000/team/app@${digest}`);
  const others = await load({
    default: [{ type: 'reject' }],
    transports: { docker: Object.fromEntries(Object.entries(docker).filter(([scope]) => !scope.includes('@'))) },
  });
  assert.equal(scopeOf('registry.example:5000/team/app', undefined, others), 'registry.example:5000/team/app');
  assert.equal(scopeOf('registry.example:5000/team/application'), 'registry.example:5000/team');
  assert.equal(scopeOf('registry.example:5000/teams/app'), 'registry.example:5000');
  assert.equal(scopeOf('a.b.lab.example/app'), '*.lab.example');
  assert.equal(scopeOf('lab.example/app'), 'docker');
  assert.equal(scopeOf('index.docker.io/library/busybox'), 'docker.io/library');
  assert.equal(scopeOf('registry.example/app', undefined, await load({ default: [{ type: 'reject' }] })), 'default');
});

describe('a policy is rejected', () => {
  const reject = [{ type: 'reject' }];
  const key = { keyPath: 'keys/vendor.pub' };
  const identities = [{ issuer: 'a', subject: 'b' }];
  const requirement = (fields: object) => ({ default: [{ type: 'sigstoreSigned', ...fields }] });
  for (const [what, content, reason] of [
    ['that is not JSON', '{', /the file: expected an object/],
    ['without a default', {}, /default: expected a list/],
    ['with an empty list', { default: [] }, /default: expected a list/],
    ['with an unknown field', { default: reject, extra: 1 }, /unknown field "extra"/],
    ['with an unknown field of a requirement', requirement({ ...key, keypath: 'x' }), /unknown field "keypath"/],
    ['that requires GPG', { default: [{ type: 'signedBy' }] }, /signedBy is not supported/],
    ['with Fulcio in the form of podman', requirement({ fulcio: {} }), /fulcio is not supported; use identities/],
    ['without anybody who signs', requirement({}), /expected exactly one of keyPath/],
    ['with a key and identities', requirement({ ...key, identities }), /expected exactly one of keyPath/],
    ['with identities and no root', requirement({ identities }), /identities need trustedRootPath/],
    [
      'with half an identity',
      requirement({ identities: [{ issuer: 'a' }], trustedRootPath: 'root.json' }),
      /subject or subjectRegExp/,
    ],
    [
      'with an expression that is none',
      requirement({ identities: [{ issuer: 'a', subjectRegExp: '(' }], trustedRootPath: 'root.json' }),
      /subjectRegExp/,
    ],
    [
      'with a name that cannot be required',
      requirement({ ...key, signedIdentity: { type: 'matchExact' } }),
      /signedIdentity\.type/,
    ],
  ] as const) {
    test(what, async () => {
      await assert.rejects(load(content), { code: 'trust.policy-invalid', message: reason });
    });
  }

  test('whose key cannot be read', async () => {
    await assert.rejects(signed({ keyPath: 'keys/none.pub' }), {
      code: 'trust.policy-unreadable',
      message: /none\.pub/,
    });
    await assert.rejects(loadPolicy(join(folder.path, 'none')), { code: 'trust.policy-unreadable' });
  });
});

test('the name that a signature states is compared with the names of the image', () => {
  const names = [
    { registry: 'mirror.example', path: 'team/app' },
    { registry: 'origin.example', path: 'app' },
  ];
  const problem = (identity: SignedIdentity, claimed?: string) => identityProblem(identity, claimed, names);
  assert.equal(problem({ type: 'default' }), undefined);
  assert.equal(problem({ type: 'default' }, 'origin.example/app:v1'), undefined);
  assert.match(problem({ type: 'default' }, 'origin.example/other') ?? '', /is for origin\.example\/other, not for/);
  assert.match(problem({ type: 'matchRepository' }) ?? '', /states no name/);
  const exact = { type: 'exactRepository', name: 'vendor.example:5000/app' } as const;
  assert.equal(problem(exact, 'vendor.example:5000/app'), undefined);
  assert.match(problem(exact, 'vendor.example:5000/application') ?? '', /is for/);
  const remap = { type: 'remapIdentity', prefix: 'mirror.example/team', signedPrefix: 'vendor.example' } as const;
  assert.equal(problem(remap, 'vendor.example/app'), undefined);
  assert.match(problem({ ...remap, prefix: 'mirror.example/te' }, 'vendor.exampleam/app') ?? '', /is for/);
});
