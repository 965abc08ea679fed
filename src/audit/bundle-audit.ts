import { forEachParallel } from '../base/parallel.ts';
import type { FoundImage } from '../carvel/graph.ts';
import { formatReference } from '../oci/reference.ts';
import { parsePackageTemplate } from '../packaging/package-template.ts';
import type { Ledger, Need } from './ledger.ts';
import type { BundleReader, ReadBundle } from './read-bundle.ts';
import { placeOf } from './rewriting.ts';
import type { Rewriting } from './rewriting.ts';
import type { WorkloadAudit } from './workload/workload-audit.ts';

const MAX_DEPTH = 16;

/** How a bundle comes to be pulled. */
export interface Pull {
  /** The Package whose App pulls it; absent if it is only named by a lock. */
  readonly package?: string;
  /** Whether the lock's rewritten references are used; otherwise images are pulled under their original names. */
  readonly usesLock: boolean;
  readonly depth: number;
}

/** How a bundle that no Package fetches is usually applied (imgpkg docs, "Air-gapped workflow"). */
const USUAL_STEPS = parsePackageTemplate({
  template: [{ ytt: { paths: ['.'] } }, { kbld: { paths: ['-', '.imgpkg/images.yml'] } }],
}).steps;

export interface BundleAuditParts {
  readonly reader: BundleReader;
  readonly ledger: Ledger;
  readonly workloads: WorkloadAudit;
}

/** Reads bundles recursively, as the cluster would, and requires everything that their locks name. */
export class BundleAudit {
  readonly #parts: BundleAuditParts;
  readonly #visited = new Set<string>();

  constructor(parts: BundleAuditParts) {
    this.#parts = parts;
  }

  /**
   * Visits a bundle and everything below it, once for each way of pulling it.
   * @param known content that was already read
   */
  async visit(bundle: FoundImage, pull: Pull, signal: AbortSignal, known?: ReadBundle): Promise<void> {
    const { reader, workloads } = this.#parts;
    const key = `${formatReference(bundle.place)} ${pull.usesLock}`;
    if (this.#visited.has(key)) return;
    this.#visited.add(key);
    if (pull.depth > MAX_DEPTH) {
      return reader.problem(bundle.place, `it is nested more than ${MAX_DEPTH} levels deep`);
    }
    const read = known ?? (await reader.read(bundle, (path) => workloads.needsFile(path), signal));
    if (read === undefined) return;
    if (known === undefined) await this.#runAsUsual(read, signal);
    await this.needLock(read, pull, signal, (found, stop) =>
      this.visit(found, { ...pull, depth: pull.depth + 1 }, stop),
    );
  }

  /** Visits a bundle that is applied directly, and everything below it. */
  async visitRoot(bundle: FoundImage, read: ReadBundle, signal: AbortSignal): Promise<void> {
    this.#visited.add(`${formatReference(bundle.place)} true`);
    await this.#runAsUsual(read, signal);
    await this.needLock(read, { usesLock: true, depth: 0 }, signal, (found, stop) =>
      this.visit(found, { usesLock: true, depth: 1 }, stop),
    );
  }

  async #runAsUsual(read: ReadBundle, signal: AbortSignal): Promise<void> {
    const name = `bundle ${formatReference(read.place)}`;
    const fetched = [{ folder: '', bundle: read }];
    await this.#parts.workloads.run({ name, fetched, steps: USUAL_STEPS, isAssumed: true }, signal);
  }

  hasVisited({ place }: FoundImage): boolean {
    return [true, false].some((usesLock) => this.#visited.has(`${formatReference(place)} ${usesLock}`));
  }

  /** Requires every image of a bundle's lock; `next` receives the bundles among those that are inside. */
  async needLock(
    { place, content, rewriting }: ReadBundle,
    pull: Pull,
    signal: AbortSignal,
    next: (bundle: FoundImage, signal: AbortSignal) => Promise<void>,
  ): Promise<void> {
    const bundle = formatReference(place);
    await forEachParallel(content.lock.images, signal, async ({ reference }, stop) => {
      const need: Need = {
        reference: pull.usesLock ? placeOf(reference, place, rewriting) : reference,
        origin: formatReference(reference),
        neededBy: pull.usesLock ? `bundle ${bundle}` : (pull.package ?? ''),
        bundle,
        ...failureOf(rewriting, pull.usesLock),
      };
      const found = await this.#parts.ledger.need(need, stop);
      if (found?.kind === 'bundle') await next(found, stop);
    });
  }
}

/** The findings for an image of a lock that is not inside or is missing. */
export function failureOf({ how, missing }: Rewriting, usesLock: boolean): Pick<Need, 'ifOutside' | 'ifMissing'> {
  if (!usesLock) return { ifOutside: { code: 'no-kbld-step' } };
  if (how === 'locations') return { ifMissing: 'promised-but-missing' };
  return how === 'none' ? { ifOutside: { code: 'not-rewritten', args: { missing } } } : {};
}
