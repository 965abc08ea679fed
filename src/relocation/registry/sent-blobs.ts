import type { Digest } from '../../oci/digest.ts';

/** Maximum number of remembered blobs per registry. */
const LIMIT = 200_000;

/**
 * The repositories to which the relocations of an engine have sent blobs, so that other repositories of the same
 * registry can mount them. Only a hint: a registry that has lost a blob meanwhile starts an upload instead of mounting it.
 */
export class SentBlobs {
  readonly #registries = new Map<string, Map<Digest, string>>();

  /** The path of a repository of the registry that has the blob. */
  find(registry: string, digest: Digest): string | undefined {
    return this.#registries.get(registry)?.get(digest);
  }

  /** @param repository registry/path */
  add(registry: string, repository: string, digest: Digest): void {
    const blobs = this.#registries.get(registry) ?? new Map<Digest, string>();
    if (blobs.size < LIMIT) blobs.set(digest, repository.slice(registry.length + 1));
    this.#registries.set(registry, blobs);
  }
}
