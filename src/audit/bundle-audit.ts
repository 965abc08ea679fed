import { AirgapError } from '../base/errors.ts';
import { forEachParallel } from '../base/parallel.ts';
import { readBundle } from '../carvel/bundle.ts';
import type { BundleContent } from '../carvel/bundle.ts';
import type { FoundImage } from '../carvel/graph.ts';
import { formatReference, formatRepository } from '../oci/reference.ts';
import type { DigestReference } from '../oci/reference.ts';
import type { AuditFinding, FindingCode } from './finding.ts';
import type { Ledger, Need } from './ledger.ts';
import type { RegistryLook } from './registry-look.ts';
import { placeOf, rewritingOf } from './rewriting.ts';
import type { Rewriting } from './rewriting.ts';

/** For those of one bundle's files that are wanted, such as its packages. */
const LIMITS = { file: 16 * 1024 * 1024, total: 128 * 1024 * 1024 };
const MAX_DEPTH = 16;

/** How a bundle comes to be pulled. */
export interface Pull {
  /** The Package whose App pulls it; none for what is only named by a lock. */
  readonly package?: string;
  /** Whether the lock's references are put to use: else the images are pulled as they are named. */
  readonly usesLock: boolean;
  readonly depth: number;
}

/** A bundle that was read, with its rewriting. */
export interface ReadBundle {
  readonly place: DigestReference;
  readonly content: BundleContent;
  readonly rewriting: Rewriting;
}

/** Follows bundles: reads each as the cluster would, and needs everything that their locks name. */
export class BundleAudit {
  readonly problems: AuditFinding[] = [];
  readonly #look: RegistryLook;
  readonly #ledger: Ledger;
  readonly #visited = new Set<string>();

  constructor(look: RegistryLook, ledger: Ledger) {
    this.#look = look;
    this.#ledger = ledger;
  }

  /** A bundle and all below it, once for each way of being pulled. */
  async visit(bundle: FoundImage, pull: Pull, signal: AbortSignal): Promise<void> {
    const key = `${formatReference(bundle.place)} ${pull.usesLock}`;
    if (this.#visited.has(key)) return;
    this.#visited.add(key);
    if (pull.depth > MAX_DEPTH) {
      this.#problem('bundle-broken', bundle.place, `it is nested more than ${MAX_DEPTH} levels deep`);
      return;
    }
    const read = await this.read(bundle, () => false, signal);
    if (read === undefined) return;
    await this.needLock(read, pull, signal, (found, stop) =>
      this.visit(found, { ...pull, depth: pull.depth + 1 }, stop),
    );
  }

  hasVisited({ place }: FoundImage): boolean {
    return [true, false].some((usesLock) => this.#visited.has(`${formatReference(place)} ${usesLock}`));
  }

  /** Undefined, and a problem noted, where it can not be read. */
  async read(
    bundle: FoundImage,
    wants: (path: string) => boolean,
    signal: AbortSignal,
  ): Promise<ReadBundle | undefined> {
    const { place } = bundle;
    try {
      const open = (layer: (typeof bundle.node.blobs)[number]) => this.#look.openLayer(bundle, layer, signal);
      const content = await readBundle(bundle, open, wants, LIMITS);
      return { place, content, rewriting: await rewritingOf(place, content.lock, this.#look, signal) };
    } catch (error) {
      if (!(error instanceof AirgapError)) throw error;
      this.#problem('bundle-broken', place, error.message);
      return undefined;
    }
  }

  /** Needs every image of a bundle's lock; `next` gets the bundles among those that are inside. */
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
      const found = await this.#ledger.need(need, stop);
      if (found?.kind === 'bundle') await next(found, stop);
    });
  }

  #problem(code: FindingCode, place: DigestReference, reason: string): void {
    const args = { reference: formatReference(place), repository: formatRepository(place), reason };
    this.problems.push({ code, args });
  }
}

/** What it means when an image of a lock is not inside. */
export function failureOf({ how, missing }: Rewriting, usesLock: boolean): Pick<Need, 'ifOutside' | 'ifMissing'> {
  if (!usesLock) return { ifOutside: { code: 'no-kbld-step' } };
  if (how === 'locations') return { ifMissing: 'promised-but-missing' };
  return how === 'none' ? { ifOutside: { code: 'not-rewritten', args: { missing } } } : {};
}
