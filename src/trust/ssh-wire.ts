import { createHash, createPublicKey } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

/** Reads the data types of RFC 4251, section 5. */
export class SshReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.byteLength;
  }

  /** @throws Error if fewer bytes are left */
  take(length: number): Buffer {
    if (length > this.#bytes.byteLength - this.#at) throw new Error('it is cut off');
    return this.#bytes.subarray(this.#at, (this.#at += length));
  }

  number(): number {
    return this.take(4).readUInt32BE();
  }

  string(): Buffer {
    return this.take(this.number());
  }

  text(): string {
    return this.string().toString('utf8');
  }

  /** A positive number, big-endian without leading zeros. */
  mpint(): Buffer {
    const bytes = this.string();
    const first = bytes.findIndex((byte) => byte !== 0);
    return bytes.subarray(first === -1 ? bytes.byteLength : first);
  }
}

/** Writes a string as in RFC 4251, section 5. */
export function sshString(value: string | Uint8Array): Buffer {
  const bytes = typeof value === 'string' ? Buffer.from(value) : value;
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.byteLength);
  return Buffer.concat([length, bytes]);
}

/** The curve of an ECDSA key type, the length of its numbers in bytes, and the hash (RFC 5656, section 6.2.1). */
export const SSH_CURVES: Readonly<Record<string, { curve: string; size: number; hash: string }>> = {
  'ecdsa-sha2-nistp256': { curve: 'P-256', size: 32, hash: 'sha256' },
  'ecdsa-sha2-nistp384': { curve: 'P-384', size: 48, hash: 'sha384' },
  'ecdsa-sha2-nistp521': { curve: 'P-521', size: 66, hash: 'sha512' },
};

/** Key types that can be read. */
export const SSH_KEY_TYPES: readonly string[] = ['ssh-ed25519', 'ssh-rsa', ...Object.keys(SSH_CURVES)];

/**
 * Decodes a public key (RFC 4253, section 6.6; RFC 5656, section 3.1; RFC 8709, section 4).
 * @throws Error with a reason
 */
export function sshPublicKey(blob: Buffer): KeyObject {
  const reader = new SshReader(blob);
  const type = reader.text();
  const ecdsa = SSH_CURVES[type];
  const fields = (): Readonly<Record<string, string>> => {
    if (type === 'ssh-ed25519') return { kty: 'OKP', crv: 'Ed25519', x: url(reader.string()) };
    if (type === 'ssh-rsa') {
      const e = url(reader.mpint());
      return { kty: 'RSA', e, n: url(reader.mpint()) };
    }
    if (ecdsa === undefined) throw new Error(`keys of type ${type} are not supported`);
    reader.string();
    const point = reader.string();
    const { curve, size } = ecdsa;
    if (point[0] !== 4 || point.byteLength !== 1 + 2 * size) throw new Error('its point is not valid');
    return { kty: 'EC', crv: curve, x: url(point.subarray(1, 1 + size)), y: url(point.subarray(1 + size)) };
  };
  const key = createPublicKey({ key: fields(), format: 'jwk' });
  if (!reader.isAtEnd) throw new Error('it has too many bytes');
  return key;
}

/** The fingerprint of a public key as ssh-keygen -l shows it. */
export function sshFingerprint(blob: Uint8Array): string {
  return `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`;
}

function url(bytes: Buffer): string {
  return bytes.toString('base64url');
}
