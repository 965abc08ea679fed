import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { parse } from 'yaml';
import { readCertificates, withCertificates } from '../../../src/packaging/ca-certificates.ts';
import { controllerConfigYaml } from '../../../src/packaging/controller-config-yaml.ts';
import { createAuthority } from '../../support/certificates.ts';
import { makeTemporaryFolder } from '../../support/lifetime.ts';

test('certificates are read from a PEM file with other content, and only missing ones are appended', async (context) => {
  const folder = await makeTemporaryFolder('ca');
  context.after(() => folder.remove());
  const [one, two] = [await createAuthority(folder.path, 'one'), await createAuthority(folder.path, 'two')];
  const server = await one.issueServer('server', ['localhost']);
  const text = async (...files: string[]): Promise<string> =>
    (await Promise.all(files.map((file) => readFile(file, 'utf8')))).join('');

  const read = readCertificates(await text(server.keyFile, server.certFile, one.certFile));
  assert.deepEqual(
    read.map(({ subject, isAuthority }) => [subject, isAuthority]),
    [
      ['CN=server', false],
      ['CN=one', true],
    ],
  );
  assert.ok(!withCertificates('', read).includes('PRIVATE'), 'a key never leaves the file');

  const chain = (await text(one.certFile)).trimEnd();
  const added = readCertificates(await text(one.certFile, two.certFile, two.certFile));
  const grown = withCertificates(chain, added);
  assert.ok(grown.startsWith(`${chain}\n`), 'what was there stays');
  assert.deepEqual(
    readCertificates(grown).map(({ subject }) => subject),
    ['CN=one', 'CN=two'],
  );
  assert.equal(withCertificates(grown, added), grown);
  const yaml = controllerConfigYaml('Secret', 'kapp-controller', grown);
  assert.equal((parse(yaml) as { stringData: { caCerts: string } }).stringData.caCerts, grown);
});

test('text that is not a certificate is ignored', () => {
  assert.deepEqual(readCertificates('-----BEGIN CERTIFICATE-----\nbm90aGluZw==\n-----END CERTIFICATE-----\n'), []);
  assert.deepEqual(readCertificates('hello'), []);
});
