import { createHash, createPublicKey } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';

import { reasonOf } from '../carvel/archive/scan.ts';
import { trustError } from './errors.ts';
import { NAMESPACE } from './ssh-signature.ts';
import { SSH_KEY_TYPES, sshFingerprint, sshPublicKey } from './ssh-wire.ts';

/** A key whose signatures are accepted. */
export interface TrustedKey {
  readonly key: KeyObject;
  /** As ssh-keygen -l shows it; for a PEM key, the sha256 of its DER encoding. */
  readonly fingerprint: string;
  /** The principals, the comment, or the name of the file. */
  readonly name: string;
}

const LIMIT = 1024 * 1024;

/**
 * Reads keys from files: PEM public keys such as cosign.pub, SSH public keys, and files of allowed signers
 * (ssh-keygen(1), "ALLOWED SIGNERS") without certificate authorities.
 * @throws trust.key-unreadable
 */
export async function readTrustedKeys(paths: readonly string[]): Promise<TrustedKey[]> {
  return (await Promise.all(paths.map((path) => readKeyFile(path)))).flat();
}

async function readKeyFile(path: string): Promise<TrustedKey[]> {
  const fail = (reason: string, cause?: unknown): Error => trustError('key-unreadable', { path, reason }, cause);
  const text = await stat(path)
    .then(({ size }) => {
      if (size > LIMIT) throw new Error(`it has more than ${LIMIT} bytes`);
      return readFile(path, 'utf8');
    })
    .catch((error: unknown) => {
      throw fail(reasonOf(error), error);
    });
  if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text)) throw fail('it is a private key; specify the public one');
  const pem = text.match(/-----BEGIN (?:RSA )?PUBLIC KEY-----[^-]+-----END (?:RSA )?PUBLIC KEY-----/g);
  const keys: TrustedKey[] = [];
  try {
    for (const each of pem ?? []) keys.push(pemKey(createPublicKey(each), basename(path)));
    if (pem === null) for (const line of text.split(/\r?\n/)) keys.push(...sshKeys(line, basename(path)));
  } catch (error) {
    throw fail(reasonOf(error), error);
  }
  if (keys.length === 0) throw fail(`it has no public key that is valid now and allowed for ${NAMESPACE}`);
  return keys;
}

function pemKey(key: KeyObject, name: string): TrustedKey {
  return { key, fingerprint: pemFingerprint(key), name };
}

/** The sha256 of a public key's DER encoding. */
export function pemFingerprint(key: KeyObject): string {
  return `sha256:${createHash('sha256').update(der(key)).digest('hex')}`;
}

/** A public key's DER encoding (SubjectPublicKeyInfo), which identifies it. */
export function der(key: KeyObject): Buffer {
  return key.export({ type: 'spki', format: 'der' });
}

/** The key of a line of a public key file or of a file of allowed signers. */
function sshKeys(line: string, file: string): TrustedKey[] {
  const trimmed = line.trim();
  if (trimmed === '' || trimmed.startsWith('#')) return [];
  const words = wordsOf(trimmed);
  // A principal may have the name of a key type; an encoded key begins with its type.
  const at = words.findIndex(
    (word, index) => index <= 2 && SSH_KEY_TYPES.includes(word) && isOfType(word, words[index + 1]),
  );
  const encoded = words[at + 1];
  if (at === -1 || encoded === undefined) {
    throw new Error('it is neither a public key nor a file of allowed signers, or has keys of another kind');
  }
  const blob = Buffer.from(encoded, 'base64');
  const [principals, options = ''] = words.slice(0, at);
  if (!isAllowed(options)) return [];
  const comment = words.slice(at + 2).join(' ');
  const name = principals ?? (comment === '' ? file : comment);
  return [{ key: sshPublicKey(blob), fingerprint: sshFingerprint(blob), name: name.replaceAll('"', '') }];
}

function isOfType(type: string, encoded = ''): boolean {
  return (
    Buffer.from(encoded, 'base64')
      .subarray(4, 4 + type.length)
      .toString('latin1') === type
  );
}

/** Splits at spaces that are not within quotes. */
function wordsOf(line: string): string[] {
  return line.match(/(?:"[^"]*"|[^\s"])+/g) ?? [];
}

/** Whether the options of an allowed signer allow its key now, for our files. */
function isAllowed(options: string): boolean {
  for (const option of options.match(/(?:"[^"]*"|[^,"])+/g) ?? []) {
    const [, name = '', value = ''] = /^([^=]+)(?:="?([^"]*)"?)?$/.exec(option) ?? [];
    switch (name.toLowerCase()) {
      case 'namespaces':
        if (!matchesPatterns(NAMESPACE, value)) return false;
        break;
      case 'valid-after':
        if (Date.now() < timeOf(value)) return false;
        break;
      case 'valid-before':
        if (Date.now() > timeOf(value)) return false;
        break;
      // A key that signs certificates does not sign files.
      default:
        return false;
    }
  }
  return true;
}

/** PATTERNS of ssh_config(5): * and ?, and ! for exceptions. */
function matchesPatterns(text: string, list: string): boolean {
  const patterns = list.split(',');
  if (patterns.some((each) => each.startsWith('!') && matchesPattern(text, each.slice(1)))) return false;
  return patterns.some((each) => matchesPattern(text, each));
}

function matchesPattern(text: string, pattern: string): boolean {
  const expression = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${expression}$`).test(text);
}

/** YYYYMMDD[Z] or YYYYMMDDHHMM[SS][Z], in local time without Z. */
function timeOf(value: string): number {
  const [, year, month, day, hour = '00', minute = '00', second = '00', zone = ''] =
    /^(\d{4})(\d\d)(\d\d)(?:(\d\d)(\d\d)(\d\d)?)?(Z?)$/.exec(value) ?? [];
  const time = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}${zone}`);
  if (Number.isNaN(time)) throw new Error(`the time ${value} is not valid`);
  return time;
}
