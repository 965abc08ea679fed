import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { AirgapError } from '../../../src/base/errors.ts';
import { decryptCosignKey } from '../../../src/trust/cosign-key.ts';
import { checkSignature, signaturePath } from '../../../src/trust/signature.ts';
import { openSigner } from '../../../src/trust/signer.ts';
import { readTrustedKeys } from '../../../src/trust/trusted-keys.ts';

// Written by ssh-keygen -Y sign -n carvel-airgap.
const signed = 'signed text\n';
const signature = `-----BEGIN SSH SIGNATURE-----
U1NIU0lHAAAAAQAAADMAAAALc3NoLWVkMjU1MTkAAAAgV/d34PqU58S6mEIOfSl8rFR3S+
wkmLp8RGcuxivBiFkAAAANY2FydmVsLWFpcmdhcAAAAAAAAAAGc2hhNTEyAAAAUwAAAAtz
c2gtZWQyNTUxOQAAAEAZ4uu8c39QYM33Tia80dawP28f8AfYZfcjAThKFOl+91eSeKT367
l5+XY4SkfaqUsu9Mhxtmh52yVJJ9EtNJUL
-----END SSH SIGNATURE-----
`;
const publicKey = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFf3d+D6lOfEuphCDn0pfKxUd0vsJJi6fERnLsYrwYhZ release';

describe('signatures of files', () => {
  let folder = '';
  const file = (name: string) => join(folder, name);
  const check = (required: readonly string[], bytes = signed) =>
    checkSignature(file('doc'), Buffer.from(bytes), required);

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'carvel-airgap-trust-'));
    await writeFile(file('key.pub'), `${publicKey}\n`);
    await writeFile(file('doc.sig'), signature);
  });
  after(() => rm(folder, { recursive: true }));

  test('verifies what ssh-keygen signed, and nothing else', async () => {
    const signer = await check([file('key.pub')]);
    assert.deepEqual([signer?.name, signer?.isTrusted], ['release', true]);
    await assert.rejects(check([file('key.pub')], 'signed text'), { code: 'trust.signature-altered' });
    assert.equal((await check([]))?.isTrusted, false);
  });

  test('does not accept a signature with any changed character', async () => {
    try {
      for (let at = 0; at < signature.length; at++) {
        const other = signature[at] === 'A' ? 'B' : 'A';
        const changed = signature.slice(0, at) + other + signature.slice(at + 1);
        // Line breaks, and the bits of base64 that are left over at its end, mean nothing.
        if (/\s/.test(signature[at] ?? '') || signature.slice(at + 1).startsWith('=\n') || signature[at] === '=')
          continue;
        await writeFile(file('doc.sig'), changed);
        await assert.rejects(check([file('key.pub')]), (error) => {
          assert.ok(
            error instanceof AirgapError && error.code.startsWith('trust.signature-'),
            `${at}: ${String(error)}`,
          );
          return true;
        });
      }
    } finally {
      await writeFile(file('doc.sig'), signature);
    }
  });

  test('reads public keys, allowed signers with options, and rejects everything else', async () => {
    const [type = '', key = ''] = publicKey.split(' ');
    const cases: readonly (readonly [content: string, names: readonly string[] | RegExp])[] = [
      [`${type} ${key}`, ['keys']],
      [`# team\n\nalice@example,bob namespaces="git,carvel-airgap" ${type} ${key} laptop\r\n`, ['alice@example,bob']],
      [`"alice smith" ${type} ${key}`, ['alice smith']],
      [`ssh-ed25519 ${type} ${key}`, ['ssh-ed25519']],
      [`alice namespaces="*,!carvel-airgap" ${type} ${key}`, /no public key that is valid now/],
      [`alice valid-before="20010101" ${type} ${key}`, /no public key that is valid now/],
      [`alice valid-after="soon" ${type} ${key}`, /the time soon is not valid/],
      [`alice cert-authority ${type} ${key}`, /no public key that is valid now/],
      [`alice verify-required ${type} ${key}`, /no public key that is valid now/],
      [`${type} ${key.slice(0, 40)}`, /cut off/],
      ['ssh-dss AAAAB3NzaC1kc3M=', /neither a public key/],
      ['-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----', /private key; specify the public one/],
      ['-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----', /keys/],
      ['', /no public key/],
    ];
    for (const [content, expected] of cases) {
      await writeFile(file('keys'), content);
      const read = readTrustedKeys([file('keys')]).then((keys) => keys.map(({ name }) => name));
      if (expected instanceof RegExp) await assert.rejects(read, expected);
      else assert.deepEqual(await read, expected);
    }
  });

  test('a key of cosign cannot make scrypt take all memory', async () => {
    const content = (N: number): Buffer => {
      const kdf = { name: 'scrypt', params: { N, r: 8, p: 1 }, salt: 'AAAA' };
      const cipher = { name: 'nacl/secretbox', nonce: Buffer.alloc(24).toString('base64') };
      return Buffer.from(JSON.stringify({ kdf, cipher, ciphertext: Buffer.alloc(40).toString('base64') }));
    };
    await assert.rejects(decryptCosignKey(content(2 ** 24), 'x'), /missing or too large/);
    await assert.rejects(decryptCosignKey(content(2 ** 10), 'x'), /the password is wrong/);
  });

  test('a password that nobody enters does not keep a canceled export from ending', async () => {
    const body = Buffer.from('{}').toString('base64');
    const label = 'ENCRYPTED SIGSTORE PRIVATE KEY';
    await writeFile(file('cosign.key'), `-----BEGIN ${label}-----\n${body}\n-----END ${label}-----\n`);
    const controller = new AbortController();
    const asked = Promise.withResolvers<void>();
    const never = () => {
      asked.resolve();
      return new Promise<undefined>(() => undefined);
    };
    const opened = openSigner(file('cosign.key'), never, controller.signal);
    await asked.promise;
    controller.abort();
    await assert.rejects(opened, { name: 'AbortError' });
  });

  test('has a name that is not too long', () => {
    const long = `/media/${'x'.repeat(240)}.export.json`;
    assert.ok(signaturePath(long, '.sigstore.json').length < '/media/'.length + 255);
    assert.equal(signaturePath('/media/a.tar.export.json'), '/media/a.tar.export.json.sig');
  });
});
