import { AirgapError } from '../../base/errors.ts';
import { array, parseJson, record, wholeNumber } from '../../base/json.ts';
import { digestOf, DigestVerifier, isDigest } from '../../oci/digest.ts';
import type { Digest } from '../../oci/digest.ts';
import type { Descriptor } from '../../oci/manifest.ts';
import { OCI_MANIFEST } from '../../oci/media-types.ts';
import type { DigestReference, Repository } from '../../oci/reference.ts';
import type { Registries } from '../../oci/registries.ts';
import { uploadBlob } from '../upload/upload.ts';
import { builtBlob } from './locations-writer.ts';

/** Bytes of what an artifact contains. */
const LIMIT = 64 * 1024 * 1024;

/** What is stored: the media types of the config, which is empty, and of the only layer. */
export interface ArtifactKind {
  readonly config: string;
  readonly layer: string;
  /** For errors: "the plan of the Job". */
  readonly what: string;
}

export interface StoredArtifact {
  readonly bytes: Buffer;
  /** Of its manifest. */
  readonly digest: Digest;
}

/**
 * Stores bytes of our own as an artifact (image-spec, "Guidelines for artifact usage").
 * @returns its reference
 */
export async function pushArtifact(
  kind: ArtifactKind,
  bytes: Buffer,
  { registry, path }: Repository,
  tag: string,
  registries: Registries,
  signal: AbortSignal,
): Promise<DigestReference> {
  const [reader, writer] = [registries.client(registry), registries.writer(registry)];
  const put = async (content: Buffer, mediaType: string): Promise<Descriptor> => {
    const descriptor = { mediaType, digest: digestOf(content), size: content.byteLength };
    const isThere = (stop: AbortSignal) => reader.hasBlob(path, descriptor.digest, stop);
    const readBack = async (stop: AbortSignal) =>
      void (await readBlob(descriptor, { registry, path }, registries, stop));
    const target = { uploads: writer.uploads, path, isThere, readBack, inMemory: { expectMissing: true } };
    await uploadBlob(target, builtBlob(descriptor, content, kind.what), signal);
    return descriptor;
  };
  const config = await put(Buffer.from('{}'), kind.config);
  const layer = await put(bytes, kind.layer);
  const manifest = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: OCI_MANIFEST, config, layers: [layer] }));
  await writer.putManifest(path, tag, manifest, OCI_MANIFEST, signal);
  return { registry, path, digest: digestOf(manifest) };
}

/**
 * Reads an artifact. Rejects with the errors of reading from a registry.
 * @param tagOrDigest of its manifest
 * @returns undefined if it is of another kind
 */
export async function readArtifact(
  kind: ArtifactKind,
  repository: Repository,
  tagOrDigest: string,
  registries: Registries,
  signal: AbortSignal,
): Promise<StoredArtifact | undefined> {
  const client = registries.client(repository.registry);
  const manifest = await client.getManifest(repository.path, tagOrDigest, signal);
  const { mediaType, digest, size } = record(array(record(parseJson(manifest.bytes))['layers'])[0]);
  const length = wholeNumber(size);
  if (mediaType !== kind.layer || !isDigest(digest) || length === undefined || length > LIMIT) return undefined;
  return { bytes: await readBlob({ digest, size: length }, repository, registries, signal), digest: manifest.digest };
}

/** Deletes what a tag names, unless the registry does not allow it: a few kilobytes then stay behind. */
export async function deleteArtifact(
  { registry, path }: Repository,
  tag: string,
  registries: Registries,
  signal: AbortSignal,
): Promise<void> {
  try {
    const head = await registries.client(registry).headManifest(path, tag, signal);
    if (head !== undefined) await registries.deleteManifest(registry, path, head.digest, signal);
  } catch (error) {
    if (!(error instanceof AirgapError)) throw error;
  }
}

async function readBlob(
  identity: { readonly digest: Digest; readonly size: number },
  { registry, path }: Repository,
  registries: Registries,
  signal: AbortSignal,
): Promise<Buffer> {
  const { body, where } = await registries.client(registry).openBlob(path, identity, { lane: 'small', signal });
  const verifier = new DigestVerifier(identity.digest);
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) {
    verifier.update(chunk);
    chunks.push(chunk);
  }
  verifier.verify(where);
  return Buffer.concat(chunks);
}
