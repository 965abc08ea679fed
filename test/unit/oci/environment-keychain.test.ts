import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { environmentKeychain, globToRegExp } from '../../../src/oci/auth/environment-keychain.ts';

/** The user that a keychain of these hostnames answers with; each hostname is its own user. */
function userFor(hostnames: readonly string[], registry: string, repository = 'team/app'): string | undefined {
  const environment: Record<string, string> = {};
  for (const [index, hostname] of hostnames.entries()) {
    environment[`IMGPKG_REGISTRY_HOSTNAME_${index}`] = hostname;
    environment[`IMGPKG_REGISTRY_USERNAME_${index}`] = hostname;
    environment[`IMGPKG_REGISTRY_PASSWORD_${index}`] = 'secret';
  }
  const answer = environmentKeychain(environment)(registry, repository);
  return typeof answer === 'object' && answer.kind === 'basic' ? answer.username : undefined;
}

describe('IMGPKG_REGISTRY_HOSTNAME matches as in imgpkg:', () => {
  for (const [hostname, registry, repository, matches] of [
    ['gcr.io', 'gcr.io', 'team/app', true],
    ['https://gcr.io', 'gcr.io', 'team/app', true],
    ['http://gcr.io/', 'gcr.io', 'team/app', true],
    ['gcr.io/v2/', 'gcr.io', 'team/app', true],
    ['gcr.io/v2/team', 'gcr.io', 'team/app', true],
    ['gcr.io', 'eu.gcr.io', 'team/app', false],
    ['*.gcr.io', 'eu.gcr.io', 'team/app', true],
    ['*.gcr.io', 'a.eu.gcr.io', 'team/app', false],
    ['*', 'gcr.io', 'team/app', false],
    ['e?.gcr.io', 'eu.gcr.io', 'team/app', true],
    ['[de]u.gcr.io', 'eu.gcr.io', 'team/app', true],
    ['[^e]u.gcr.io', 'eu.gcr.io', 'team/app', false],
    ['registry.example', 'registry.example:5000', 'team/app', false],
    ['registry.example:5000', 'registry.example:5000', 'team/app', true],
    ['registry.example:5000', 'registry.example', 'team/app', false],
    ['gcr.io/team', 'gcr.io', 'team/app', true],
    ['gcr.io/team', 'gcr.io', 'team2/app', true],
    ['gcr.io/team/', 'gcr.io', 'team2/app', false],
    ['gcr.io/other', 'gcr.io', 'team/app', false],
    ['localhost:5000', 'localhost:5000', 'x', true],
  ] as const) {
    test(`${hostname} ${matches ? 'is' : 'is not'} for ${registry}/${repository}`, () => {
      assert.equal(userFor([hostname], registry, repository), matches ? hostname : undefined);
    });
  }

  test('the highest in descending order wins: longer paths before shorter ones, names before patterns', () => {
    assert.equal(userFor(['gcr.io', 'gcr.io/team', '*.io'], 'gcr.io'), 'gcr.io/team');
    assert.equal(userFor(['*.io', 'gcr.io'], 'gcr.io'), 'gcr.io');
  });

  test('docker.io means Docker Hub, where imgpkg finds nothing', () => {
    assert.equal(userFor(['docker.io'], 'index.docker.io', 'library/nginx'), 'docker.io');
    assert.equal(userFor(['index.docker.io'], 'index.docker.io', 'library/nginx'), 'index.docker.io');
  });
});

describe('the variables IMGPKG_REGISTRY_*', () => {
  test('belong together by any suffix, or none', () => {
    const keychain = environmentKeychain({
      IMGPKG_REGISTRY_HOSTNAME: 'a.example',
      IMGPKG_REGISTRY_USERNAME: 'a',
      IMGPKG_REGISTRY_PASSWORD: 'p',
      IMGPKG_REGISTRY_HOSTNAME_MY_TEAM: 'b.example',
      IMGPKG_REGISTRY_IDENTITY_TOKEN_MY_TEAM: 'refresh',
      IMGPKG_REGISTRY_HOSTNAME_3: 'c.example',
      IMGPKG_REGISTRY_REGISTRY_TOKEN_3: 'bearer',
    });
    assert.deepEqual(keychain('a.example', 'x'), {
      kind: 'basic',
      username: 'a',
      password: 'p',
      origin: 'IMGPKG_REGISTRY_HOSTNAME',
    });
    assert.deepEqual(keychain('b.example', 'x'), {
      kind: 'identity-token',
      token: 'refresh',
      origin: 'IMGPKG_REGISTRY_HOSTNAME_MY_TEAM',
    });
    assert.deepEqual(keychain('c.example', 'x'), {
      kind: 'registry-token',
      token: 'bearer',
      origin: 'IMGPKG_REGISTRY_HOSTNAME_3',
    });
    assert.equal(keychain('d.example', 'x'), undefined);
  });

  test('a match without a secret wins as anonymous', () => {
    const keychain = environmentKeychain({ IMGPKG_REGISTRY_HOSTNAME_0: 'a.example', IMGPKG_REGISTRY_USERNAME_0: 'a' });
    assert.equal(keychain('a.example', 'x'), 'anonymous');
  });

  test('a secret without a hostname applies to no registry', () => {
    const keychain = environmentKeychain({ IMGPKG_REGISTRY_USERNAME: 'a', IMGPKG_REGISTRY_PASSWORD: 'p' });
    assert.equal(keychain('localhost', 'x'), undefined);
  });

  test("an unknown one is an error in imgpkg's words, except for Azure's", () => {
    assert.throws(() => environmentKeychain({ IMGPKG_REGISTRY_HOST: 'x' }), {
      message: "Unknown env variable 'IMGPKG_REGISTRY_HOST'",
    });
    assert.doesNotThrow(() => environmentKeychain({ IMGPKG_REGISTRY_AZURE_CR_CONFIG: 'x', IMGPKG_USERNAME: 'y' }));
  });

  test('an invalid pattern is an error', () => {
    assert.throws(() => environmentKeychain({ IMGPKG_REGISTRY_HOSTNAME: 'a[b.example' }), /pattern that is not valid/);
  });
});

test("a glob has Go's syntax: a backslash escapes the next character, a dot is a dot", () => {
  assert.ok(globToRegExp('a\\*')?.test('a*'));
  assert.ok(globToRegExp('a\\*')?.test('ab') === false);
  assert.ok(globToRegExp('a.b')?.test('axb') === false);
  assert.equal(globToRegExp('a\\'), undefined);
});
