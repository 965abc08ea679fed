/** An upload session. `location` is always the newest one the registry gave. */
export interface UploadSession {
  readonly path: string;
  readonly location: URL;
  /** The least that a chunk may have, but for the last one; 0 where the registry does not say. Bytes. */
  readonly leastChunk: number;
}

/** How far a registry is with an upload. */
export interface UploadState {
  readonly session: UploadSession;
  /** Bytes that it has; undefined where it does not say. */
  readonly uploaded: number | undefined;
}
