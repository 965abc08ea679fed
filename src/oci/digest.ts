import { createHash } from 'node:crypto';
import type { Hash } from 'node:crypto';

import { ociError } from './errors.ts';

/**
 * A content digest, `<algorithm>:<lower-case hex>` (OCI image-spec, descriptor.md, "Digests"). Only the functions in
 * this file create one.
 */
export type Digest = string & { readonly __digest: unique symbol };

const HEX_LENGTH = { sha256: 64, sha512: 128 } as const;
export type DigestAlgorithm = keyof typeof HEX_LENGTH;

/** Whether a text is a digest of a supported algorithm. Anything else must never become part of a URL or a path. */
export function isDigest(text: unknown): text is Digest {
  if (typeof text !== 'string') return false;
  const [algorithm, hex, ...rest] = text.split(':');
  if (hex === undefined || rest.length > 0 || (algorithm !== 'sha256' && algorithm !== 'sha512')) return false;
  return hex.length === HEX_LENGTH[algorithm] && /^[0-9a-f]+$/.test(hex);
}

/** @throws oci.digest-invalid, which states `where` the text was found */
export function parseDigest(text: unknown, where: string): Digest {
  if (isDigest(text)) return text;
  throw ociError('digest-invalid', { digest: String(text), where });
}

export function algorithmOf(digest: Digest): DigestAlgorithm {
  return digest.startsWith('sha512:') ? 'sha512' : 'sha256';
}

/** The part after the colon. */
export function hexOf(digest: Digest): string {
  return digest.slice(digest.indexOf(':') + 1);
}

export function digestOf(bytes: Uint8Array, algorithm: DigestAlgorithm = 'sha256'): Digest {
  return `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}` as Digest;
}

/** The SHA-256 digest of pieces one after the other. */
export function digestOfPieces(pieces: readonly Uint8Array[]): Digest {
  const hash = createHash('sha256');
  for (const piece of pieces) hash.update(piece);
  return `sha256:${hash.digest('hex')}` as Digest;
}

/** Computes a digest incrementally, in the algorithm of the expected one: a server never chooses the algorithm. */
export class DigestVerifier {
  readonly expected: Digest;
  readonly #hash: Hash;
  #bytes = 0;

  constructor(expected: Digest, hash: Hash = createHash(algorithmOf(expected)), bytes = 0) {
    this.expected = expected;
    this.#hash = hash;
    this.#bytes = bytes;
  }

  /** An independent verifier that has processed the same bytes. */
  copy(): DigestVerifier {
    return new DigestVerifier(this.expected, this.#hash.copy(), this.#bytes);
  }

  get bytes(): number {
    return this.#bytes;
  }

  update(chunk: Uint8Array): void {
    this.#hash.update(chunk);
    this.#bytes += chunk.byteLength;
  }

  /** Whether the bytes so far have the expected digest. */
  get isRight(): boolean {
    return this.#hash.copy().digest('hex') === hexOf(this.expected);
  }

  /** @throws oci.digest-mismatch if the bytes have another digest */
  verify(where: string): void {
    const algorithm = algorithmOf(this.expected);
    const got = `${algorithm}:${this.#hash.copy().digest('hex')}`;
    if (got !== this.expected) {
      throw ociError('digest-mismatch', { algorithm, bytes: this.#bytes, got, want: this.expected, where });
    }
  }
}

/**
 * Compares content that was read completely with its digest.
 * @param where names its origin in the error
 * @throws oci.digest-mismatch
 */
export function verifyBytes(bytes: Buffer, digest: Digest, where: string): void {
  const verifier = new DigestVerifier(digest);
  verifier.update(bytes);
  verifier.verify(where);
}
