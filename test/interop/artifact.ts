import { type RawRepository, sha256 } from '../support/raw-registry.ts';

/** An image, index or other artifact as it can be pushed to any repository. */
export interface Artifact {
  /** What it is, in a word. */
  readonly kind: string;
  readonly digest: string;
  readonly mediaType: string;
  readonly bytes: Buffer;
  /** Config and layers. */
  readonly blobs: readonly Buffer[];
  /** What an index lists. */
  readonly children: readonly Artifact[];
  /** What a bundle's lock names. */
  readonly lock?: readonly LockEntry[];
}

export interface LockEntry {
  /** registry/path@digest, as the lock has it */
  readonly name: string;
  readonly artifact: Artifact;
  /** It is not where its name says, only in the bundle's repository. */
  readonly gone: boolean;
}

export function artifact(
  kind: string,
  mediaType: string,
  json: unknown,
  parts: { readonly blobs?: readonly Buffer[]; readonly children?: readonly Artifact[] },
): Artifact {
  // Whoever rewrites a manifest, instead of keeping its bytes, loses the indentation.
  const bytes = Buffer.from(JSON.stringify(json, undefined, 1));
  return { kind, digest: sha256(bytes), mediaType, bytes, blobs: parts.blobs ?? [], children: parts.children ?? [] };
}

export function descriptorOf(mediaType: string, blob: Buffer, more: object = {}) {
  return { mediaType, digest: sha256(blob), size: blob.byteLength, ...more };
}

/** Pushes by raw HTTP; by its digest if there is no tag. */
export async function push(repository: RawRepository, artifact: Artifact, tag = artifact.digest): Promise<void> {
  for (const child of artifact.children) await push(repository, child);
  for (const blob of artifact.blobs) await repository.pushBlob(blob);
  await repository.pushBytes(tag, artifact.bytes, artifact.mediaType);
}

/** Pushes it to the repository of a bundle; with a bundle, what its lock names but is nowhere else. */
export async function collocate(repository: RawRepository, artifact: Artifact): Promise<void> {
  await push(repository, artifact);
  for (const { artifact: inner, gone } of artifact.lock ?? []) if (gone) await collocate(repository, inner);
}

/** Reads back what another tool has pushed: an image with one manifest. */
export async function readImage(kind: string, repository: RawRepository, reference: string): Promise<Artifact> {
  const { bytes, json, mediaType } = await repository.manifest(reference);
  const { config, layers } = json as { config: { digest: string }; layers: { digest: string }[] };
  const blobs = await Promise.all([config, ...layers].map(({ digest }) => repository.blob(digest)));
  return { kind, digest: sha256(bytes), mediaType, bytes, blobs, children: [] };
}
