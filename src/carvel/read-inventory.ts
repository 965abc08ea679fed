import { basename } from 'node:path';

import { AirgapError } from '../base/errors.ts';
import { Limiter } from '../base/limiter.ts';
import { forEachParallel } from '../base/parallel.ts';
import type { Digest } from '../oci/digest.ts';
import { parseManifest } from '../oci/manifest.ts';
import { isNonDistributable } from '../oci/media-types.ts';
import { formatReference, formatRepository } from '../oci/reference.ts';
import type { Repository } from '../oci/reference.ts';
import type { RegistryClient } from '../oci/registry-client.ts';
import { openAnyArchive } from './archive/oci-layout.ts';
import { manifestsOf } from './graph.ts';
import type { InventoryPlace } from './inventory.ts';

/** Maximum number of concurrent requests. */
const PARALLEL = 16;
const TAGS_PER_PAGE = 1000;

export interface RepositoryInventory extends InventoryPlace {
  /** Manifests that could not be read as images or indexes; what they refer to is not listed. */
  readonly unreadable: readonly string[];
}

/**
 * Lists what a repository holds: everything that its tags lead to. Sends one GET request per tag and per manifest of an
 * index, and none that writes. Content without a tag is not listed, because a registry may delete it at any time.
 * @throws oci.not-found if the repository does not exist; oci.unauthorized and others
 */
export async function inventoryOfRepository(
  client: RegistryClient,
  repository: Repository,
  signal: AbortSignal,
): Promise<RepositoryInventory> {
  const { path } = repository;
  const tags = new Map<string, Digest>();
  const manifests = new Map<Digest, number>();
  const blobs = new Map<Digest, number>();
  const unreadable: string[] = [];
  const limiter = new Limiter(PARALLEL);

  /** @returns the digest; undefined if the manifest has disappeared, or an index lists one that is not there */
  const visit = async (name: string, mediaType: string, stop: AbortSignal): Promise<Digest | undefined> => {
    const fetched = await limiter.run(stop, () => client.getManifest(path, name, stop)).catch(unlessMissing);
    if (fetched === undefined || manifests.has(fetched.digest)) return fetched?.digest;
    manifests.set(fetched.digest, fetched.size);
    const where = formatReference({ ...repository, digest: fetched.digest });
    const manifest = readManifest(fetched.bytes, fetched.mediaType === '' ? mediaType : fetched.mediaType, where);
    if (manifest === undefined) unreadable.push(where);
    else if (manifest.kind === 'image') {
      for (const blob of [manifest.config, ...manifest.layers]) {
        // Registries are not expected to have non-distributable layers.
        if (!isNonDistributable(blob.mediaType)) blobs.set(blob.digest, blob.size);
      }
    } else {
      await forEachParallel(manifest.manifests, stop, async (child, inner) => {
        if (!manifests.has(child.digest)) await visit(child.digest, child.mediaType, inner);
      });
    }
    return fetched.digest;
  };

  for (let last: string | undefined, more = true; more;) {
    const page = await client.tags(path, { limit: TAGS_PER_PAGE, signal, ...(last === undefined ? {} : { last }) });
    await forEachParallel(page.tags, signal, async (tag, stop) => {
      const digest = await visit(tag, '', stop);
      if (digest !== undefined) tags.set(tag, digest);
    });
    more = page.next !== undefined && page.next !== last;
    last = page.next;
  }
  return { place: formatRepository(repository), tags, manifests, blobs, unreadable };
}

/** Lists what a tar or an OCI image layout holds. A layer that its manifest.json names without an entry in the tar is not listed. */
export async function inventoryOfArchive(path: string): Promise<InventoryPlace> {
  const archive = await openAnyArchive(path);
  try {
    const { items, configs } = await archive.describe();
    const tags = new Map<string, Digest>();
    const manifests = new Map<Digest, number>();
    const blobs = new Map<Digest, number>();
    for (const { node, tag } of items) {
      if (tag !== '') tags.set(tag, node.digest);
      for (const { digest, bytes, blobs: own } of manifestsOf(node)) {
        manifests.set(digest, bytes.byteLength);
        for (const blob of own) {
          if (configs.has(blob.digest) || archive.hasLayer(blob.digest)) blobs.set(blob.digest, blob.size);
        }
      }
    }
    return { place: basename(path), tags, manifests, blobs };
  } finally {
    await archive.close();
  }
}

function unlessMissing(error: unknown): undefined {
  if (error instanceof AirgapError && error.code === 'oci.not-found') return;
  throw error;
}

function readManifest(bytes: Buffer, mediaType: string, where: string): ReturnType<typeof parseManifest> | undefined {
  try {
    return parseManifest(bytes, mediaType, where);
  } catch (error) {
    if (error instanceof AirgapError) return undefined;
    throw error;
  }
}
