// A real registry that wants a client's certificate.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { engines, relocate } from '../support/engines.ts';
import { fixtureDigest, fixtureTar } from '../support/fixture.ts';
import { startRegistry } from '../support/registry.ts';

for (const [name, make] of engines) {
  test(`a bundle is copied to a registry that wants a client certificate, ${name}`, async () => {
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
