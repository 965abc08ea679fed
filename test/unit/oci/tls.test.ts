import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import type { ServerOptions } from 'node:https';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import type { ConnectionSettings, RegistrySettings } from '../../../src/oci/connection-settings.ts';
import { anonymous } from '../../../src/oci/auth/credentials.ts';
import { digestOf } from '../../../src/oci/digest.ts';
import { createRegistries } from '../../../src/oci/registries.ts';
import { inspectCertificate } from '../../../src/oci/inspect-certificate.ts';
import { createAuthority, type Authority, type Certificate } from '../../support/certificates.ts';
import { startHttpServer } from '../../support/http-server.ts';
import { makeTemporaryFolder, type TemporaryFolder } from '../../support/lifetime.ts';
import { startTlsServer, type TlsServer } from '../../support/tls-server.ts';

const { signal } = new AbortController();
let folder: TemporaryFolder;
let authority: Authority;
let good: Certificate;
let otherName: Certificate;
let client: Certificate;

before(async () => {
  folder = await makeTemporaryFolder('oci-tls');
  authority = await createAuthority(folder.path, 'ca');
  good = await authority.issueServer('server', ['127.0.0.1', 'registry.example']);
  otherName = await authority.issueServer('other', ['other.example']);
  client = await authority.issueClient('client', 'robot');
});
after(() => folder.remove());

async function withRegistry(
  certificate: Certificate,
  use: (server: TlsServer) => Promise<void>,
  options: ServerOptions = {},
): Promise<void> {
  const server = await startTlsServer(certificate, (_, response) => response.end('{}'), options);
  try {
    await use(server);
  } finally {
    await server.stop();
  }
}

async function ping(host: string, own: Partial<RegistrySettings>, general: ConnectionSettings = {}): Promise<void> {
  const settings = { ...general, registries: [...(general.registries ?? []), { host, ...own }] };
  const registries = createRegistries(settings, anonymous, 'source');
  try {
    await registries.client(host).ping(signal);
  } finally {
    await registries.close();
  }
}

const pem = (certificate: Certificate) => readFile(certificate.certFile, 'utf8');

test('a private authority applies to the registry it is configured for', async () => {
  await withRegistry(good, async ({ host }) => {
    await ping(host, { caFiles: [authority.certFile] });
    await ping(host, {}, { caCertificates: [await pem(authority)] });
    await assert.rejects(ping(host, {}), { code: 'oci.certificate-unknown' });
  });
});

test('an authority of one registry does not apply to another', async () => {
  await withRegistry(good, async ({ host }) => {
    const registries = [{ host: 'other.example', caFiles: [authority.certFile] }];
    await assert.rejects(ping(host, {}, { registries }), { code: 'oci.certificate-unknown' });
  });
});

test('a certificate for other names is rejected, and the names are shown', async () => {
  await withRegistry(otherName, async ({ host }) => {
    const refused = ping(host, { caFiles: [authority.certFile] });
    await assert.rejects(refused, { code: 'oci.certificate-name', message: /not valid for this host: .*127\.0\.0\.1/ });
  });
});

test('an expired certificate is rejected as such', async () => {
  const expired = await authority.issueServer('expired', ['127.0.0.1'], { expired: true });
  await withRegistry(expired, async ({ host }) => {
    await assert.rejects(ping(host, { caFiles: [authority.certFile] }), { code: 'oci.certificate-expired' });
  });
});

test('a pinned certificate is accepted whatever else is wrong with it', async () => {
  await withRegistry(otherName, async ({ host }) => ping(host, { trustedCertificates: [await pem(otherName)] }));
});

test('another certificate than the pinned one is rejected as without a pin', async () => {
  const trustedCertificates = [await pem(otherName)];
  await withRegistry(good, async ({ host }) => {
    await assert.rejects(ping(host, { trustedCertificates }), { code: 'oci.certificate-unknown' });
    // One that is good by itself needs no pin.
    await ping(host, { trustedCertificates, caFiles: [authority.certFile] });
  });
  const another = await authority.issueServer('another', ['another.example']);
  await withRegistry(another, async ({ host }) => {
    const refused = ping(host, { trustedCertificates, caFiles: [authority.certFile] });
    await assert.rejects(refused, { code: 'oci.certificate-name', message: /127\.0\.0\.1/ });
  });
});

test('verification is disabled only for the registry that it is disabled for', async () => {
  await withRegistry(otherName, async ({ host }) => {
    await ping(host, { verifyCertificates: false });
    const registries = [{ host: 'other.example', verifyCertificates: false as const }];
    await assert.rejects(ping(host, {}, { registries }), { code: 'oci.certificate-unknown' });
  });
});

test('a registry that requires a client certificate gets the one configured for it', async () => {
  // With 1.3 a Node server ends such a connection without a word; the real registry's test has that.
  const tls = { maxVersion: 'TLSv1.2' as const, rejectUnauthorized: true };
  const options = { ca: await pem(authority), requestCert: true, ...tls };
  const trust = { caFiles: [authority.certFile] };
  const clientCertificate = { certificateFile: client.certFile, keyFile: client.keyFile };
  await withRegistry(
    good,
    async ({ host, clients }) => {
      await ping(host, { ...trust, clientCertificate });
      assert.deepEqual(clients, ['robot']);
      await assert.rejects(ping(host, trust), { code: 'oci.client-certificate' });
    },
    options,
  );
});

test('25 a client certificate is not presented to a server that the registry leads to', async () => {
  const blob = Buffer.from('blob');
  const options = { ca: await pem(authority), requestCert: true, rejectUnauthorized: false };
  const storage = await startTlsServer(good, (_, response) => response.end(blob), options);
  const registry = await startTlsServer(
    good,
    ({ url = '' }, response) => {
      const isBlob = url.includes('/blobs/');
      response.writeHead(isBlob ? 307 : 200, isBlob ? { location: `https://${storage.host}/data` } : {}).end();
    },
    options,
  );
  const clientCertificate = { certificateFile: client.certFile, keyFile: client.keyFile };
  const settings = { registries: [{ host: registry.host, caFiles: [authority.certFile], clientCertificate }] };
  const registries = createRegistries(settings, anonymous, 'source');
  try {
    const descriptor = { digest: digestOf(blob), size: blob.byteLength, mediaType: 'x' };
    // The registry's authority vouches for its storage; its client certificate stays at home.
    assert.deepEqual(await registries.client(registry.host).readBlob('app', descriptor, 100, signal), blob);
    assert.deepEqual([registry.clients.at(-1), storage.clients], ['robot', ['']]);
  } finally {
    await registries.close();
    await Promise.all([registry.stop(), storage.stop()]);
  }
});

test('a file without a certificate is named', async () => {
  const path = join(folder.path, 'notes.txt');
  await writeFile(path, 'not a certificate');
  for (const caFile of [path, join(folder.path, 'none.pem')]) {
    const refused = ping('registry.example', { caFiles: [caFile] });
    await assert.rejects(refused, { code: 'oci.certificate-file', message: new RegExp(caFile) });
  }
  const clientCertificate = { certificateFile: client.certFile, keyFile: good.keyFile };
  const mixed = ping('registry.example', { clientCertificate });
  await assert.rejects(mixed, { code: 'oci.certificate-file', message: /server\.key/ });
});

test('a certificate can be inspected before it is trusted', async () => {
  await withRegistry(otherName, async ({ host, clients }) => {
    const { chain, problem } = await inspectCertificate(host, {}, signal);
    const [leaf] = chain;
    const expected = new X509Certificate(await readFile(otherName.certFile));
    assert.equal(leaf.fingerprint, expected.fingerprint256);
    assert.equal(leaf.subject, 'CN=other');
    assert.equal(leaf.issuer, 'CN=ca');
    assert.deepEqual(leaf.names, ['other.example']);
    assert.equal(leaf.validTo, new Date(expected.validTo).toISOString());
    assert.equal(problem, 'UNABLE_TO_VERIFY_LEAF_SIGNATURE');
    assert.deepEqual(clients, []);
    await ping(host, { trustedCertificates: [leaf.pem] });
  });
  await withRegistry(good, async ({ host }) => {
    const settings = { registries: [{ host, caFiles: [authority.certFile] }] };
    assert.equal((await inspectCertificate(host, settings, signal)).problem, undefined);
  });
});

test('a server without TLS has no certificate to inspect', async () => {
  const server = await startHttpServer((_, response) => response.end());
  await assert.rejects(inspectCertificate(server.host, {}, signal), { code: 'oci.not-https' });
  await server.stop();
});
