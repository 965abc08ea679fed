import type { Limiter } from '../../base/limiter.ts';
import { SingleFlight } from '../../base/single-flight.ts';
import type { ManifestNode } from '../../carvel/graph.ts';
import type { Digest } from '../../oci/digest.ts';
import type { ManifestReceipt, RegistryWriter } from '../../oci/registry-writer.ts';

export type WrittenManifest = Pick<ManifestNode, 'bytes' | 'mediaType' | 'digest'>;

export interface ManifestNamesOptions {
  readonly path: string;
  readonly writer: RegistryWriter;
  /** Bounds the requests in transit at once. */
  readonly requests: Limiter;
}

/** Writes manifests to a repository under their names: tags, or their digest. */
export class ManifestNames {
  readonly #options: ManifestNamesOptions;
  /** The first write of each name. */
  readonly #puts = new SingleFlight<string, void>();
  readonly #contents = new SingleFlight<Digest, void>();

  constructor(options: ManifestNamesOptions) {
    this.#options = options;
  }

  /** Lets the next `put` of a name write it again. */
  forget(name: string): void {
    this.#puts.forget(name);
  }

  /**
   * Writes a manifest under a name, once. If it has several names, the first write brings the content while the others
   * wait, because some registries fail on concurrent writes of the same content.
   * @param send by default, the method of that name
   */
  put(
    name: string,
    node: WrittenManifest,
    signal: AbortSignal,
    send: () => Promise<unknown> = () => this.send(name, node, signal),
  ): Promise<void> {
    return this.#puts.do(name, async () => {
      for (;;) {
        let isFirst = false;
        const sendFirst = async () => {
          isFirst = true;
          await send();
        };
        try {
          await this.#contents.do(node.digest, sendFirst);
        } catch (error) {
          // If another write failed, this one becomes the first, or waits for the next one.
          if (isFirst || signal.aborted) throw error;
          continue;
        }
        if (!isFirst) await send();
        return;
      }
    });
  }

  send(name: string, { bytes, mediaType }: WrittenManifest, signal: AbortSignal): Promise<ManifestReceipt> {
    const { path, writer, requests } = this.#options;
    return requests.run(signal, () => writer.putManifest(path, name, bytes, mediaType, signal));
  }
}
