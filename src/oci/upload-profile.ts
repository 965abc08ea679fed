/** In which pieces a registry takes blobs. Bytes. */
export interface UploadProfile {
  /** Up to here a blob goes up in one request, which is fastest; above in chunks, so that a resume has some to build on. */
  readonly singleLimit: number;
  readonly chunk: number;
}

const MEBI = 1024 * 1024;
const USUAL: UploadProfile = { singleLimit: 64 * MEBI, chunk: 64 * MEBI };
/** These put chunks together wrongly, or take none (reference: ocx#237 for GitHub; Artifact Registry's documentation). */
export const ONE_REQUEST: UploadProfile = { singleLimit: Number.POSITIVE_INFINITY, chunk: Number.POSITIVE_INFINITY };
/** Refuses large bodies. */
const AZURE: UploadProfile = { singleLimit: 16 * MEBI, chunk: 16 * MEBI };

const PROFILES: readonly (readonly [host: RegExp, profile: UploadProfile])[] = [
  [/^ghcr\.io$/, ONE_REQUEST],
  [/(?:^|\.)(?:gcr\.io|pkg\.dev)$/, ONE_REQUEST],
  [/\.azurecr\.(?:io|cn|us)$/, AZURE],
];

/** The least that a chunk is made smaller to, after a registry or proxy refused a larger one. */
const SMALLEST_CHUNK = MEBI;

export function uploadProfile(host: string): UploadProfile {
  return PROFILES.find(([pattern]) => pattern.test(host))?.[1] ?? USUAL;
}

/** What to try after a body of `refused` bytes was too large (413); undefined where nothing smaller makes sense. */
export function smallerProfile(refused: number): UploadProfile | undefined {
  const chunk = Math.max(SMALLEST_CHUNK, 2 ** Math.floor(Math.log2(Math.max(1, refused - 1))));
  return chunk < refused ? { singleLimit: chunk, chunk } : undefined;
}
