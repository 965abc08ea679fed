import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';

import { podConnection } from '../../../src/jobs/pod-connection.ts';
import { makeTemporaryFolder } from '../../support/lifetime.ts';

const hosts = new Set(['vendor.example', 'air.example:5000']);

describe('how pods reach registries', () => {
  test('they get the settings of the registries that they use, and no others', async (context) => {
    const folder = await makeTemporaryFolder('pods');
    context.after(() => folder.remove());
    const file = join(folder.path, 'ca.pem');
    await writeFile(file, 'the CA of air.example');
    const registries = [
      {
        host: 'air.example:5000',
        caFiles: [file],
        trustedCertificates: ['pinned'],
        trustedTokenRealms: ['auth.example'],
      },
      { host: 'vendor.example', plainHttp: true },
      { host: 'other.example', verifyCertificates: false, trustedTokenRealms: ['elsewhere.example'] } as const,
    ];
    const { certificates, flags } = await podConnection({ caCertificates: ['all'], registries, concurrency: 4 }, hosts);
    assert.deepEqual(certificates, ['all', 'pinned', 'the CA of air.example']);
    assert.deepEqual(flags, ['--registry-insecure=true', '--concurrency=4', '--trust-token-realm=auth.example']);
  });

  test('certificates are checked unless the settings say otherwise for a registry that they use', async () => {
    const unchecked = [{ host: 'vendor.example', verifyCertificates: false } as const];
    assert.deepEqual((await podConnection({}, hosts)).flags, []);
    assert.deepEqual((await podConnection({ registries: unchecked }, hosts)).flags, ['--registry-verify-certs=false']);
  });

  test('a client certificate is refused, because its key would have to be stored in the cluster', async () => {
    const clientCertificate = { certificateFile: 'a.pem', keyFile: 'a.key' };
    const registries = [{ host: 'vendor.example', clientCertificate }];
    const refused = { code: 'job.client-certificate', args: { host: 'vendor.example' } };
    await assert.rejects(podConnection({ registries }, hosts), refused);
    await podConnection({ registries }, new Set(['air.example:5000']));
  });

  test('a file that cannot be read is named', async () => {
    const registries = [{ host: 'vendor.example', caFiles: ['/missing/ca.pem'] }];
    await assert.rejects(podConnection({ registries }, hosts), { code: 'job.certificate-unreadable' });
  });
});
