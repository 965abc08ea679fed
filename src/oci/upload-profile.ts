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
/** The chunk size is not reduced further than this. */
const SMALLEST_CHUNK = MEBI;
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

/** Seconds that one request should take, so that little is lost when it is interrupted. */
const REQUEST_TIME = 3;
/** Blobs up to this size are uploaded in one request as long as the pace is unknown, and measure it. Bytes. */
const UNMEASURED = 8 * MEBI;
/** The first chunk of a larger blob then. Bytes. */
const FIRST_CHUNK = 4 * MEBI;
/** Number of uploads that share a bandwidth limit. */
const UPLOADS_AT_ONCE = 6;

/**
 * Limits a registry's sizes to what one upload sends in a short time.
 * @param pace measured bytes per second of one upload, if known
 * @param limit bandwidth limit in bytes per second, if there is one
 */
export function paced(profile: UploadProfile, pace: number | undefined, limit: number | undefined): UploadProfile {
  if (profile.chunk === Number.POSITIVE_INFINITY) return profile;
  const share = limit === undefined ? undefined : limit / UPLOADS_AT_ONCE;
  const rate = pace === undefined || share === undefined ? (pace ?? share) : Math.min(pace, share);
  const size = rate === undefined ? undefined : Math.max(SMALLEST_CHUNK, Math.floor(rate * REQUEST_TIME));
  return {
    singleLimit: Math.min(profile.singleLimit, size ?? UNMEASURED),
    chunk: Math.min(profile.chunk, size ?? FIRST_CHUNK),
  };
}

export function uploadProfile(host: string): UploadProfile {
  return PROFILES.find(([pattern]) => pattern.test(host))?.[1] ?? USUAL;
}

/** The sizes to try after a body of `refused` bytes was too large (413); undefined if a smaller one makes no sense. */
export function smallerProfile(refused: number): UploadProfile | undefined {
  const chunk = Math.max(SMALLEST_CHUNK, 2 ** Math.floor(Math.log2(Math.max(1, refused - 1))));
  return chunk < refused ? { singleLimit: chunk, chunk } : undefined;
}
