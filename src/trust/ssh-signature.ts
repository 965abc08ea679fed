import { createHash, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

import { SSH_CURVES, SshReader, sshFingerprint, sshPublicKey, sshString } from './ssh-wire.ts';

/** What ssh-keygen -Y calls the purpose of a signature; one for another purpose does not count. */
export const NAMESPACE = 'carvel-airgap';

const MAGIC = 'SSHSIG';
const BEGIN = '-----BEGIN SSH SIGNATURE-----';
const END = '-----END SSH SIGNATURE-----';

/** A signature of ssh-keygen -Y sign. */
export interface SshSignature {
  readonly key: KeyObject;
  readonly fingerprint: string;
  readonly namespace: string;
  /** Whether it is the key's signature of these bytes. */
  matches(bytes: Uint8Array): boolean;
}

export function isSshSignature(text: string): boolean {
  return text.trimStart().startsWith(BEGIN);
}

/**
 * Parses a signature (openssh-portable, PROTOCOL.sshsig).
 * @throws Error with a reason
 */
export function parseSshSignature(text: string): SshSignature {
  const trimmed = text.trim();
  if (!trimmed.startsWith(BEGIN) || !trimmed.endsWith(END)) throw new Error('it is cut off');
  const reader = new SshReader(Buffer.from(trimmed.slice(BEGIN.length, -END.length), 'base64'));
  if (reader.take(MAGIC.length).toString('latin1') !== MAGIC) throw new Error('it is not a signature of ssh-keygen');
  const version = reader.number();
  if (version !== 1) throw new Error(`it has version ${version}, expected 1`);
  const blob = reader.string();
  const [namespace, reserved, algorithm] = [reader.text(), reader.string(), reader.text()];
  if (algorithm !== 'sha256' && algorithm !== 'sha512') throw new Error(`the hash ${algorithm} is not supported`);
  const signature = reader.string();
  if (!reader.isAtEnd) throw new Error('it has too many bytes');
  const key = sshPublicKey(blob);
  const matches = (bytes: Uint8Array): boolean => {
    const hash = createHash(algorithm).update(bytes).digest();
    const signed = [Buffer.from(MAGIC), ...[namespace, reserved, algorithm, hash].map((part) => sshString(part))];
    return matchesKey(key, new SshReader(blob).text(), new SshReader(signature), Buffer.concat(signed));
  };
  return { key, fingerprint: sshFingerprint(blob), namespace, matches };
}

const RSA_HASHES: Readonly<Record<string, string>> = { 'rsa-sha2-256': 'sha256', 'rsa-sha2-512': 'sha512' };

function matchesKey(key: KeyObject, keyType: string, signature: SshReader, signed: Buffer): boolean {
  const type = signature.text();
  const value = signature.string();
  if (keyType === 'ssh-ed25519') return type === keyType && verify(null, signed, key, value);
  if (keyType === 'ssh-rsa') {
    const hash = RSA_HASHES[type];
    return hash !== undefined && verify(hash, signed, key, value);
  }
  const curve = SSH_CURVES[keyType];
  if (curve === undefined || type !== keyType) return false;
  const numbers = new SshReader(value);
  const padded = [numbers.mpint(), numbers.mpint()].map((number) => {
    if (number.byteLength > curve.size) throw new Error('its numbers are too large');
    return Buffer.concat([Buffer.alloc(curve.size - number.byteLength), number]);
  });
  return verify(curve.hash, signed, { key, dsaEncoding: 'ieee-p1363' }, Buffer.concat(padded));
}
