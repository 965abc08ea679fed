import { scrypt } from 'node:crypto';

import { xsalsa20poly1305 } from '@noble/ciphers/salsa.js';

import { member, parseJson, record, text, wholeNumber } from '../base/json.ts';

/** Bounds for what an untrusted file may ask for: 256 MiB. */
const MEMORY_LIMIT = 256 * 1024 * 1024;

/** The password is wrong, or the file was changed. */
export class WrongPassword extends Error {}

/**
 * Decrypts the private key of a cosign key pair (go-securesystemslib, package encrypted: scrypt and NaCl's secretbox).
 * @param content what the PEM block contains
 * @returns PKCS #8 in DER
 * @throws WrongPassword; Error with a reason
 */
export async function decryptCosignKey(content: Buffer, password: string): Promise<Buffer> {
  const json = record(parseJson(content));
  const [kdf, cipher] = [record(member(json, 'kdf')), record(member(json, 'cipher'))];
  const params = record(member(kdf, 'params'));
  const [N, r, p] = ['N', 'r', 'p'].map((name) => wholeNumber(member(params, name)));
  const salt = bytes(member(kdf, 'salt'));
  const nonce = bytes(member(cipher, 'nonce'));
  const encrypted = bytes(member(json, 'ciphertext'));
  if (member(kdf, 'name') !== 'scrypt' || member(cipher, 'name') !== 'nacl/secretbox') {
    throw new Error('it is not encrypted with scrypt and nacl/secretbox');
  }
  if (N === undefined || r === undefined || p === undefined || 128 * N * r > MEMORY_LIMIT || p > 16) {
    throw new Error('the parameters of scrypt are missing or too large');
  }
  if (salt === undefined || nonce?.byteLength !== 24 || encrypted === undefined) throw new Error('it is incomplete');
  const key = await new Promise<Buffer>((resolve, reject) => {
    const options = { N, r, p, maxmem: 2 * MEMORY_LIMIT };
    scrypt(password, salt, 32, options, (error, derived) => (error ? reject(error) : resolve(derived)));
  });
  try {
    return Buffer.from(xsalsa20poly1305(key, nonce).decrypt(encrypted));
  } catch (error) {
    throw new WrongPassword('the password is wrong', { cause: error });
  }
}

function bytes(value: unknown): Buffer | undefined {
  const encoded = text(value);
  return encoded === undefined ? undefined : Buffer.from(encoded, 'base64');
}
