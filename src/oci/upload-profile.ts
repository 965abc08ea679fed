/** The request sizes in which a registry accepts blobs. Bytes. */
export interface UploadProfile {
  /**
   * Blobs up to this size are uploaded in one request, which is fastest; larger ones in chunks, so that an interrupted
   * upload can be resumed.
   */
  readonly singleLimit: number;
  readonly chunk: number;
}

const MEBI = 1024 * 1024;
const USUAL: UploadProfile = { singleLimit: 64 * MEBI, chunk: 64 * MEBI };
/**
 * GitHub assembles chunks incorrectly (ocx-sh/ocx#237); Google's Artifact Registry does not support them (its
 * documentation).
 */
export const ONE_REQUEST: UploadProfile = { singleLimit: Number.POSITIVE_INFINITY, chunk: Number.POSITIVE_INFINITY };
/** Azure Container Registry rejects large bodies. */
const AZURE: UploadProfile = { singleLimit: 16 * MEBI, chunk: 16 * MEBI };

const PROFILES: readonly (readonly [host: RegExp, profile: UploadProfile])[] = [
  [/^ghcr\.io$/, ONE_REQUEST],
  [/(?:^|\.)(?:gcr\.io|pkg\.dev)$/, ONE_REQUEST],
  [/\.azurecr\.(?:io|cn|us)$/, AZURE],
];

/** The chunk size is not reduced further than this after a registry or proxy rejected a larger one. */
const SMALLEST_CHUNK = MEBI;

export function uploadProfile(host: string): UploadProfile {
  return PROFILES.find(([pattern]) => pattern.test(host))?.[1] ?? USUAL;
}

/** The sizes to try after a body of `refused` bytes was too large (413); undefined if a smaller one makes no sense. */
export function smallerProfile(refused: number): UploadProfile | undefined {
  const chunk = Math.max(SMALLEST_CHUNK, 2 ** Math.floor(Math.log2(Math.max(1, refused - 1))));
  return chunk < refused ? { singleLimit: chunk, chunk } : undefined;
}
