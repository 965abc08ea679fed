import type { Digest } from '../oci/digest.ts';

/** An upload that was begun: where it can be taken up, and what the registry had acknowledged. */
export interface NotedUpload {
  readonly location: string;
  /** bytes */
  readonly offset: number;
}

/** Uploads in chunks that a later process could go on with. What it says is a hint: the registry is asked. */
export interface UploadMemory {
  find(digest: Digest): NotedUpload | undefined;
  /** Does not wait until it is written. */
  note(digest: Digest, location: string, offset: number): void;
  /** It is complete, or can not be taken up. */
  forget(digest: Digest): void;
}
