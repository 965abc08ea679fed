import { AirgapError } from '../base/errors.ts';
import { readBundle } from '../carvel/bundle.ts';
import type { BundleContent } from '../carvel/bundle.ts';
import type { FoundImage } from '../carvel/graph.ts';
import { formatReference, formatRepository } from '../oci/reference.ts';
import type { DigestReference } from '../oci/reference.ts';
import type { AuditFinding } from './finding.ts';
import type { RegistryProbe } from './registry-probe.ts';
import { rewritingOf } from './rewriting.ts';
import type { Rewriting } from './rewriting.ts';

/** For the requested files of one bundle, such as its packages. */
const LIMITS = { file: 16 * 1024 * 1024, total: 128 * 1024 * 1024 };

/** A bundle that was read, with the rewriting of its lock. */
export interface ReadBundle {
  readonly place: DigestReference;
  readonly content: BundleContent;
  /** Requested files that were too large, individually or together. */
  readonly unread: ReadonlySet<string>;
  readonly rewriting: Rewriting;
}

/** Reads bundles as the cluster would, and records those that cannot be read. */
export class BundleReader {
  readonly problems: AuditFinding[] = [];
  readonly #probe: RegistryProbe;

  constructor(probe: RegistryProbe) {
    this.#probe = probe;
  }

  /** Undefined if the bundle cannot be read, which is recorded as a problem. */
  async read(
    bundle: FoundImage,
    isRequested: (path: string) => boolean,
    signal: AbortSignal,
  ): Promise<ReadBundle | undefined> {
    const { place } = bundle;
    try {
      const open = (layer: (typeof bundle.node.blobs)[number]) => this.#probe.openLayer(bundle, layer, signal);
      const unread = new Set<string>();
      let total = 0;
      const fits = (path: string, size: number): boolean => {
        const isIncluded = isRequested(path) && size <= LIMITS.file && total + size <= LIMITS.total / 2;
        if (isIncluded) total += size;
        else unread.add(path);
        return isIncluded;
      };
      const content = await readBundle(bundle, open, fits, LIMITS);
      return { place, content, unread, rewriting: await rewritingOf(place, content.lock, this.#probe, signal) };
    } catch (error) {
      if (!(error instanceof AirgapError)) throw error;
      this.problem(place, error.message);
      return undefined;
    }
  }

  problem(place: DigestReference, reason: string): void {
    const args = { reference: formatReference(place), repository: formatRepository(place), reason };
    this.problems.push({ code: 'bundle-broken', args });
  }
}
