import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import {
  formatReference,
  parseDigestReference,
  parseReference,
  parseRegistryHost,
  parseRepository,
} from '../../../src/oci/reference.ts';

const digest = `sha256:${'0123456789abcdef'.repeat(4)}`;

// Rules of go-containerregistry's name package, as imgpkg's users know them.
describe('references', () => {
  for (const [text, canonical] of [
    ['nginx', 'index.docker.io/library/nginx:latest'],
    ['nginx:1.25', 'index.docker.io/library/nginx:1.25'],
    ['docker.io/nginx', 'index.docker.io/library/nginx:latest'],
    ['library/nginx', 'index.docker.io/library/nginx:latest'],
    ['user/app', 'index.docker.io/user/app:latest'],
    ['localhost:5000/app', 'localhost:5000/app:latest'],
    ['localhost/app', 'localhost/app:latest'],
    ['[::1]:5000/app', '[::1]:5000/app:latest'],
    ['registry.example/a/b/c:v1', 'registry.example/a/b/c:v1'],
    [`registry.example:5000/app@${digest}`, `registry.example:5000/app@${digest}`],
    [`registry.example/app:v1@${digest}`, `registry.example/app@${digest}`],
    [`nginx@${digest}`, `index.docker.io/library/nginx@${digest}`],
  ] as const) {
    test(`${text} stands for ${canonical}`, () => assert.equal(formatReference(parseReference(text)), canonical));
  }

  for (const text of [
    '',
    'https://registry.example/app',
    'http://registry.example/app',
    'registry.example/App',
    'registry.example/app:',
    'registry.example/app:-v1',
    `registry.example/app:${'x'.repeat(129)}`,
    'registry.example/app@sha256:abc',
    `registry.example/app@sha256:${'A'.repeat(64)}`,
    `registry.example/app@md5:${'a'.repeat(32)}`,
    `registry.example/app@${digest}@${digest}`,
    'registry.example/../app',
    'registry.example/app/../../etc',
    'registry.example//app',
    'registry.example/app?x=y',
    'registry.example/a b',
    'user:password@registry.example/app',
    'registry.example/app\n',
  ]) {
    test(`reject ${JSON.stringify(text)}`, () => assert.throws(() => parseReference(text), { name: 'AirgapError' }));
  }

  test('a lock contains only digests', () => {
    assert.equal(parseDigestReference(`registry.example/app@${digest}`).digest, digest);
    assert.throws(() => parseDigestReference('registry.example/app:v1'), /Expected ref to be in digest form/);
  });

  test('a destination has neither tag nor digest', () => {
    assert.deepEqual(parseRepository('registry.example:5000/team/app'), {
      registry: 'registry.example:5000',
      path: 'team/app',
    });
    assert.throws(() => parseRepository('registry.example/app:v1'), /repository can only contain the characters/);
    assert.throws(
      () => parseRepository(`registry.example/app@${digest}`),
      /repository can only contain the characters/,
    );
  });

  test("Docker Hub's names are equivalent", () => {
    for (const name of ['docker.io', 'registry-1.docker.io', 'index.docker.io']) {
      assert.equal(parseRegistryHost(name), 'index.docker.io');
    }
  });

  for (const host of ['', 'a/b', 'host:', 'host:port', 'user@host', 'host\n', 'https://host', '-host']) {
    test(`reject the registry ${JSON.stringify(host)}`, () => {
      assert.throws(() => parseRegistryHost(host), { name: 'AirgapError' });
    });
  }
});
