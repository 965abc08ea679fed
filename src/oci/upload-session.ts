/** An upload session. `location` is always the latest one from the registry. */
export interface UploadSession {
  readonly path: string;
  readonly location: URL;
  /** Minimum size of each chunk but the last; 0 if the registry states none. Bytes. */
  readonly leastChunk: number;
}

/** The progress of an upload. */
export interface UploadState {
  readonly session: UploadSession;
  /** Bytes that the registry has; undefined if it does not say. */
  readonly uploaded: number | undefined;
}
