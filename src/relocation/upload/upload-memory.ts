import type { Digest } from '../../oci/digest.ts';

/** An open upload: the location of its session and the bytes that the registry has acknowledged. */
export interface NotedUpload {
  readonly location: string;
  /** Bytes. */
  readonly offset: number;
}

/** Chunked uploads that a later process can resume. They are only hints: the registry is asked for the actual state. */
export interface UploadMemory {
  find(digest: Digest): NotedUpload | undefined;
  /** Returns before the note is written to disk. */
  note(digest: Digest, location: string, offset: number): void;
  /** Forgets an upload that is complete or cannot be resumed. */
  forget(digest: Digest): void;
}
