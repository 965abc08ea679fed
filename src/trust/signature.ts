import { createHash, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { readFile, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

import { isRecord, member, parseJson, record, text } from '../base/json.ts';
import { writeOutput } from '../base/output-file.ts';
import { reasonOf } from '../carvel/archive/scan.ts';
import { trustError } from './errors.ts';
import { isSshSignature, NAMESPACE, parseSshSignature } from './ssh-signature.ts';
import type { SshSignature } from './ssh-signature.ts';
import { der, readTrustedKeys } from './trusted-keys.ts';
import type { TrustedKey } from './trusted-keys.ts';

/** Who signed a file. */
export interface FileSigner {
  /** The name of a trusted key; otherwise the fingerprint, if the signature contains one. */
  readonly name: string;
  readonly fingerprint?: string;
  /** Whether it was compared with a key that is trusted; otherwise the key may be anybody's. */
  readonly isTrusted: boolean;
}

/** A file with a signature of another, by the ending that its name gets. */
export interface SignatureFile {
  readonly suffix: (typeof SUFFIXES)[number];
  readonly text: string;
}

/** .sig: of ssh-keygen or, in base64, of cosign --signature; .sigstore.json: of cosign --bundle. */
const SUFFIXES = ['.sig', '.sigstore.json'] as const;
const LIMIT = 256 * 1024;
const NAME_LIMIT = 255 - '.1234567'.length;

/** The signature file of a file. */
export function signaturePath(path: string, suffix: SignatureFile['suffix'] = '.sig'): string {
  const name = basename(path) + suffix;
  if (Buffer.byteLength(name) <= NAME_LIMIT) return path + suffix;
  return join(dirname(path), createHash('sha256').update(basename(path)).digest('hex') + suffix);
}

/** Removes the signatures of a file that is about to be replaced. */
export async function removeSignatures(path: string): Promise<void> {
  for (const suffix of SUFFIXES) await rm(signaturePath(path, suffix), { force: true });
}

/**
 * Writes signatures next to a file, in place of older ones.
 * @returns the paths
 * @throws Error with a reason
 */
export async function writeSignatures(path: string, files: readonly SignatureFile[]): Promise<string[]> {
  await removeSignatures(path);
  const written: string[] = [];
  for (const { suffix, text } of files) {
    const signature = signaturePath(path, suffix);
    await writeOutput(signature, text);
    written.push(signature);
  }
  return written;
}

/**
 * Checks the signature next to a file.
 * @param bytes the file's content
 * @param required files with keys, one of which must have signed it. If there are none, a signature is compared with
 * the key that it contains, if any, and may be missing
 * @returns undefined without a signature
 * @throws trust.signature-missing, -invalid, -altered, -untrusted, -mismatch, trust.key-unreadable
 */
export async function checkSignature(
  path: string,
  bytes: Uint8Array,
  required: readonly string[],
): Promise<FileSigner | undefined> {
  const keys = await readTrustedKeys(required);
  const files = required.map((each) => basename(each)).join(', ');
  let [found, failure]: [FileSigner | undefined, Error | undefined] = [undefined, undefined];
  // The bundle comes first: it says which key signed it, so its errors are more precise.
  for (const suffix of SUFFIXES.toReversed()) {
    const signature = signaturePath(path, suffix);
    const content = await readSmall(signature);
    if (content === undefined) continue;
    try {
      const signer = judge({ path, bytes, signature, keys, files }, content);
      if (signer.isTrusted) return signer;
      found ??= signer;
    } catch (error) {
      failure ??= error instanceof Error ? error : new Error(String(error));
    }
  }
  if (failure !== undefined) throw failure;
  if (required.length > 0) {
    throw trustError('signature-missing', { path, signature: basename(signaturePath(path)), keys: files });
  }
  return found;
}

interface Signed {
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly signature: string;
  readonly keys: readonly TrustedKey[];
  /** The files with the keys, for errors. */
  readonly files: string;
}

function judge(signed: Signed, content: string): FileSigner {
  if (isSshSignature(content)) return judgeSsh(signed, content);
  return content.trimStart().startsWith('{') ? judgeBundle(signed, content) : judgeRaw(signed, content);
}

function judgeSsh({ path, bytes, signature, keys, files }: Signed, content: string): FileSigner {
  const invalid = (reason: string): Error => trustError('signature-invalid', { signature, reason });
  let [parsed, matches]: [SshSignature | undefined, boolean] = [undefined, false];
  try {
    parsed = parseSshSignature(content);
    matches = parsed.matches(bytes);
  } catch (error) {
    throw invalid(reasonOf(error));
  }
  const { fingerprint, namespace } = parsed;
  if (namespace !== NAMESPACE) throw invalid(`it is for ${namespace}, expected ${NAMESPACE}`);
  const known = findKey(keys, parsed.key);
  const name = known?.name ?? fingerprint;
  if (!matches) throw trustError('signature-altered', { path, signature: basename(signature), signer: name });
  if (known === undefined && keys.length > 0) {
    throw trustError('signature-untrusted', { path, signer: fingerprint, keys: files });
  }
  return { name, fingerprint, isTrusted: known !== undefined };
}

/** A sigstore bundle (sigstore/protobuf-specs, sigstore_bundle.proto) with a signature by a key. */
function judgeBundle({ path, bytes, signature, keys, files }: Signed, content: string): FileSigner {
  const json = record(parseJson(Buffer.from(content)));
  const message = member(json, 'messageSignature');
  const value = isRecord(message) ? text(member(message, 'signature')) : undefined;
  if (value === undefined) {
    throw trustError('signature-invalid', { signature, reason: 'it is not a sigstore bundle with a signature' });
  }
  const hint = text(member(record(member(record(member(json, 'verificationMaterial')), 'publicKey')), 'hint'));
  const digest = text(member(record(member(record(message), 'messageDigest')), 'digest'));
  const named = keys.find(({ key }) => hintOf(key) === hint)?.name;
  const signer =
    named ?? (hint === undefined ? 'an unnamed key' : `sha256:${Buffer.from(hint, 'base64').toString('hex')}`);
  const own = createHash('sha256').update(bytes).digest('base64');
  if (digest !== undefined && digest !== own) {
    throw trustError('signature-altered', { path, signature: basename(signature), signer });
  }
  if (keys.length === 0) return { name: signer, isTrusted: false };
  const known = keys.find(({ key }) => isSignatureBy(key, bytes, value));
  if (known !== undefined) return { name: known.name, fingerprint: known.fingerprint, isTrusted: true };
  const isOther = hint !== undefined && named === undefined;
  if (isOther) throw trustError('signature-untrusted', { path, signer, keys: files });
  throw trustError('signature-mismatch', { path, signature: basename(signature), keys: files });
}

/** A signature in base64, as cosign sign-blob --output-signature and openssl write it. */
function judgeRaw({ path, bytes, signature, keys, files }: Signed, content: string): FileSigner {
  const trimmed = content.trim();
  if (!/^[A-Za-z0-9+/\s]+={0,2}$/.test(trimmed)) {
    throw trustError('signature-invalid', { signature, reason: 'it is neither of ssh-keygen nor in base64' });
  }
  if (keys.length === 0) return { name: 'an unnamed key', isTrusted: false };
  const known = keys.find(({ key }) => isSignatureBy(key, bytes, trimmed));
  if (known === undefined)
    throw trustError('signature-mismatch', { path, signature: basename(signature), keys: files });
  return { name: known.name, fingerprint: known.fingerprint, isTrusted: true };
}

/** What a sigstore bundle calls a key: the sha256 of its DER encoding. */
export function hintOf(key: KeyObject): string {
  return createHash('sha256').update(der(key)).digest('base64');
}

/** The hashes that cosign uses with a key. */
function hashesOf(key: KeyObject): readonly (string | null)[] {
  if (key.asymmetricKeyType === 'ed25519') return [null];
  return ['sha256', 'sha384', 'sha512'];
}

function isSignatureBy(key: KeyObject, bytes: Uint8Array, signature: string): boolean {
  const value = Buffer.from(signature, 'base64');
  return hashesOf(key).some((hash) => verify(hash, bytes, key, value));
}

function findKey(keys: readonly TrustedKey[], key: KeyObject): TrustedKey | undefined {
  const encoded = der(key);
  return keys.find((each) => der(each.key).equals(encoded));
}

/** @throws trust.signature-invalid for a file that is too large to be one */
async function readSmall(signature: string): Promise<string | undefined> {
  const size = await stat(signature).then(
    (found) => found.size,
    () => undefined,
  );
  if (size === undefined) return undefined;
  if (size > LIMIT) throw trustError('signature-invalid', { signature, reason: `it has more than ${LIMIT} bytes` });
  return readFile(signature, 'utf8').catch((error: unknown) => {
    throw trustError('signature-invalid', { signature, reason: reasonOf(error) }, error);
  });
}
