import { DigestVerifier } from '../oci/digest.ts';
import type { Digest } from '../oci/digest.ts';

/** What has been seen of a blob, from its first byte on. */
export interface RunningDigest {
  readonly bytes: number;
  /** Whether what was seen is what was expected. */
  readonly isRight: boolean;
  update(chunk: Uint8Array): void;
  /** Another one that has seen the same bytes. */
  copy(): RunningDigest;
  /** @throws oci.digest-mismatch when what was seen is something else */
  verify(where: string): void;
}

export function runningDigest(expected: Digest): RunningDigest {
  return new DigestVerifier(expected);
}

/**
 * Of a blob whose first bytes somebody else has, and were not seen here: these only count. Whoever has them compares the
 * digest, and whoever trusts in that asks for its word.
 */
export class UnseenStart implements RunningDigest {
  readonly isRight = true;
  #bytes: number;

  constructor(bytes: number) {
    this.#bytes = bytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  update(chunk: Uint8Array): void {
    this.#bytes += chunk.byteLength;
  }

  copy(): UnseenStart {
    return new UnseenStart(this.#bytes);
  }

  verify(): void {
    // There is nothing here that it could be compared with.
  }
}
