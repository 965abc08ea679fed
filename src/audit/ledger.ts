import type { FoundImage } from '../carvel/graph.ts';
import { DOCKER_HUB, formatReference, formatRepository } from '../oci/reference.ts';
import type { Reference, Repository } from '../oci/reference.ts';
import type { AuditFinding, FindingCode } from './finding.ts';
import type { RegistryProbe } from './registry-probe.ts';
import type { AuditedImage, AuditStatus } from './report.ts';

/** Something that the cluster will pull, and what requires it. */
export interface Need {
  /** After all rewriting. */
  readonly reference: Reference;
  /** The original spelling. */
  readonly origin: string;
  readonly neededBy?: string;
  /** The bundle whose lock names it. */
  readonly bundle?: string;
  /** The finding if it is not inside. */
  readonly ifOutside?: { readonly code: FindingCode; readonly args?: AuditFinding['args'] };
  /** The finding if it is missing. */
  readonly ifMissing?: FindingCode;
}

/** kbld queries a registry for these in the cluster, without credentials. */
const ASKED: readonly FindingCode[] = ['tag-not-in-lock', 'unlisted-tag'];

interface Row extends Omit<AuditedImage, 'neededBy'> {
  readonly neededBy: Set<string>;
}

/**
 * Collects what the cluster will pull, once per location and original spelling, and checks what should be inside. Other
 * registries are not contacted.
 */
export class Ledger {
  readonly #probe: RegistryProbe;
  readonly isInside: (reference: Reference) => boolean;
  readonly #rows = new Map<string, Promise<Row>>();
  readonly #onProgress: (done: number, total: number) => void;
  #done = 0;

  constructor(probe: RegistryProbe, inside: readonly string[], onProgress: (done: number, total: number) => void) {
    this.#probe = probe;
    this.#onProgress = onProgress;
    this.isInside = (reference) => isInside(inside, reference);
  }

  /** @returns the image if the cluster will find it inside */
  async need(need: Need, signal: AbortSignal): Promise<FoundImage | undefined> {
    const { reference, origin, neededBy } = need;
    // A reference where kbld does not look gets a row of its own, apart from the row that a lock or Package has for the
    // same image.
    const hasPlace = need.ifOutside?.args?.['place'] !== undefined && !this.isInside(reference);
    const problem = hasPlace ? need.ifOutside?.code : '';
    const key = JSON.stringify([formatReference(reference), origin, problem]);
    const known = this.#rows.get(key);
    const row = known ?? this.#row(need, signal);
    this.#rows.set(key, row);
    const { neededBy: all, status } = await row;
    if (neededBy !== undefined) all.add(neededBy);
    if (known === undefined) this.#onProgress(++this.#done, this.#rows.size);
    if (status !== 'inside') return undefined;
    const found = await this.#probe.image(reference, signal);
    return found.kind === 'whole' ? found.image : undefined;
  }

  async images(): Promise<AuditedImage[]> {
    const rows = await Promise.all(this.#rows.values());
    return rows.map((row) => ({ ...row, neededBy: [...row.neededBy] }));
  }

  async #row(need: Need, signal: AbortSignal): Promise<Row> {
    const { reference, origin, bundle = '', ifOutside, ifMissing = 'missing' } = need;
    const base = { reference: formatReference(reference), origin, neededBy: new Set<string>() };
    const args = {
      reference: base.reference,
      registry: reference.registry,
      repository: formatRepository(reference),
      bundle,
      package: need.neededBy ?? '',
      ...ifOutside?.args,
    };
    const row = (status: AuditStatus, code: FindingCode, more = {}): Row => ({
      ...base,
      status,
      finding: { code, args: { ...args, ...more } },
    });
    if (ifOutside !== undefined && ASKED.includes(ifOutside.code)) return row('unauthenticated', ifOutside.code);
    if (!this.isInside(reference)) return row('outside', ifOutside?.code ?? 'outside');
    const found = await this.#probe.image(reference, signal);
    if (found.kind === 'whole') {
      const { image, lacks, refused } = found;
      if (refused !== undefined) return { ...row('inside', 'not-admitted', { reason: refused }), kind: image.kind };
      if (lacks === undefined) return { ...base, status: 'inside', kind: image.kind };
      return { ...row('inside', 'other-platforms', { platforms: lacks.join(', ') }), kind: image.kind };
    }
    if (found.kind === 'missing') return row('missing', ifMissing);
    if (found.kind === 'incomplete') return row('missing', 'incomplete', { reason: found.reason });
    return row('unknown', 'unreadable', { reason: found.reason });
  }
}

/** @param inside each entry is a registry, or a registry with the beginning of a path */
export function isInside(inside: readonly string[], reference: Repository): boolean {
  const repository = `${formatRepository(reference)}/`;
  return inside.some((each) => repository.startsWith(`${each.replace(HUB_NAME, DOCKER_HUB)}/`));
}

const HUB_NAME = /^(?:docker\.io|registry-1\.docker\.io)(?=$|\/)/;
