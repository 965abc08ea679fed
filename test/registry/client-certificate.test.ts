// A real registry that requires a client certificate.
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';

import { carvelAirgap } from '../support/cli.ts';
import { engines, relocate } from '../support/engines.ts';
import { fixtureDigest, fixtureTar } from '../support/fixture.ts';
import { makeTemporaryFolder } from '../support/lifetime.ts';
import { startRegistry } from '../support/registry.ts';

for (const [name, make] of engines) {
  test(`a bundle is copied to a registry that requires a client certificate, ${name}`, async () => {
    const registry = await startRegistry({ tls: { clients: true } });
    const { host, caFile = '', clientCertificate } = registry;
    const ours = { certificateFile: clientCertificate?.certFile ?? '', keyFile: clientCertificate?.keyFile ?? '' };
    const source = { kind: 'archive' as const, path: fixtureTar };
    const engine = make({ registries: [{ host, caFiles: [caFile], clientCertificate: ours }] });
    const without = make({ registries: [{ host, caFiles: [caFile] }] });
    try {
      assert.equal((await relocate(engine, source, `${host}/apps`)).root?.digest, fixtureDigest);
      await assert.rejects(relocate(without, source, `${host}/none`), { code: 'oci.client-certificate' });
    } finally {
      engine.dispose();
      without.dispose();
      await registry.stop();
    }
  });
}

test('the command line presents a client certificate to the registry that it is configured for', async () => {
  const folder = await makeTemporaryFolder('client-certificate');
  const registry = await startRegistry({ tls: { clients: true } });
  const { host, caFile = '', clientCertificate } = registry;
  try {
    const both = [clientCertificate?.certFile ?? '', clientCertificate?.keyFile ?? ''].map((path) => readFile(path));
    const file = join(folder.path, 'client.pem');
    await writeFile(file, Buffer.concat(await Promise.all(both)));
    // The system's authorities, as a company adds its own to them.
    const copy = (...args: string[]) =>
      carvelAirgap(['copy', '--tar', fixtureTar, '--to-repo', `${host}/apps`, ...args], {
        env: { SSL_CERT_FILE: caFile },
      });
    const outcome = await copy('--registry-client-cert', `${host}=${file}`);
    assert.equal(outcome.code, 0, outcome.stderr);
    assert.match((await copy()).stderr, /requires a client certificate/);
    assert.match(
      (await copy('--registry-client-cert', `other.example=${file}`)).stderr,
      /requires a client certificate/,
    );
    assert.match((await copy('--registry-client-cert', file)).stderr, /expected HOST=FILE/);
  } finally {
    await registry.stop();
    await folder.remove();
  }
});
