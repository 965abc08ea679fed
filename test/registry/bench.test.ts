// The registry and the imgpkg of the bench are what the other tests take them for.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { after, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { imgpkg } from '../support/imgpkg.ts';
import { get } from '../support/http-status.ts';
import { startRegistry } from '../support/registry.ts';

const tar = fileURLToPath(new URL('../fixtures/example-packages/example-packages.tar', import.meta.url));

describe('a registry of the benchmarks', () => {
  test('accepts a bundle from imgpkg, reports the requests, and is gone after stop', async () => {
    const registry = await startRegistry({ accessLog: true });
    after(() => registry.stop());
    const target = `${registry.host}/dest/packages`;
    const { code, stderr } = await imgpkg(['copy', '--tar', tar, '--to-repo', target]);
    assert.equal(code, 0, stderr);
    const requests = await registry.requests();
    const pushed = requests.filter(({ method, path }) => method === 'PUT' && path.includes('/manifests/'));
    assert.ok(pushed.length > 0);
    assert.ok(pushed.every(({ status, userAgent }) => status === 201 && userAgent !== ''));

    await registry.stop();
    assert.ok(!existsSync(registry.root));
    await assert.rejects(get(`${registry.url}/v2/`), /ECONNREFUSED/);
  });

  test('requires a password and uses TLS with its own authority', async () => {
    const user = { name: 'robot$ci', password: 'correct horse: battery' };
    const registry = await startRegistry({ user, tls: {} });
    after(() => registry.stop());
    assert.equal(await get(`${registry.url}/v2/`, registry.caFile), 401);
    assert.equal(await get(`${registry.url}/v2/`, registry.caFile, 'robot$ci:wrong'), 401);
    assert.equal(await get(`${registry.url}/v2/`, registry.caFile, `${user.name}:${user.password}`), 200);
    const flags = ['--registry-ca-cert-path', String(registry.caFile), '--registry-username', user.name];
    const to = ['--to-repo', `${registry.host}/dest/packages`];
    const { code, stderr } = await imgpkg([
      'copy',
      '--tar',
      tar,
      ...to,
      ...flags,
      '--registry-password',
      user.password,
    ]);
    assert.equal(code, 0, stderr);
  });

  test('restarts read-only on the same storage and port', async () => {
    const registry = await startRegistry();
    after(() => registry.stop());
    const again = await startRegistry({ storage: registry.root, readOnly: true });
    after(() => again.stop());
    const { code, stderr } = await imgpkg(['copy', '--tar', tar, '--to-repo', `${again.host}/dest/packages`]);
    assert.equal(code, 1);
    assert.match(stderr, /405/);
  });
});
