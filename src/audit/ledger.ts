import type { FoundImage } from '../carvel/graph.ts';
import { formatReference, formatRepository } from '../oci/reference.ts';
import type { Reference } from '../oci/reference.ts';
import type { AuditFinding, FindingCode } from './finding.ts';
import type { RegistryLook } from './registry-look.ts';
import type { AuditedImage, AuditStatus } from './report.ts';

/** Something that the cluster will pull, and who says so. */
export interface Need {
  /** After all rewriting. */
  readonly reference: Reference;
  /** As it is written. */
  readonly origin: string;
  readonly neededBy?: string;
  /** The bundle whose lock named it. */
  readonly bundle?: string;
  /** What is wrong when it is not inside. */
  readonly ifOutside?: { readonly code: FindingCode; readonly args?: AuditFinding['args'] };
  /** What is wrong when it is not there. */
  readonly ifMissing?: FindingCode;
}

/** kbld in the cluster asks a registry for these, without credentials. */
const ASKED: readonly FindingCode[] = ['tag-not-in-lock', 'unlisted-tag'];

interface Row extends Omit<AuditedImage, 'neededBy'> {
  readonly neededBy: Set<string>;
}

/** Collects what the cluster will pull, each place and origin once, and looks for what should be inside. Others are not contacted. */
export class Ledger {
  readonly #look: RegistryLook;
  readonly isInside: (reference: Reference) => boolean;
  readonly #rows = new Map<string, Promise<Row>>();
  readonly #tell: (done: number, total: number) => void;
  #done = 0;

  constructor(look: RegistryLook, inside: readonly string[], tell: (done: number, total: number) => void) {
    this.#look = look;
    this.#tell = tell;
    // A registry, or a registry with the beginning of a path.
    this.isInside = (reference) => inside.some((each) => `${formatRepository(reference)}/`.startsWith(`${each}/`));
  }

  /** @returns the image, where the cluster will find it inside */
  async need(need: Need, signal: AbortSignal): Promise<FoundImage | undefined> {
    const { reference, origin, neededBy } = need;
    // What stands in a place where kbld does not look is a row of its own, beside what a lock or a Package says of the same image.
    const hasPlace = need.ifOutside?.args?.['place'] !== undefined && !this.isInside(reference);
    const problem = hasPlace ? need.ifOutside?.code : '';
    const key = JSON.stringify([formatReference(reference), origin, problem]);
    const known = this.#rows.get(key);
    const row = known ?? this.#row(need, signal);
    this.#rows.set(key, row);
    const { neededBy: all, status } = await row;
    if (neededBy !== undefined) all.add(neededBy);
    if (known === undefined) this.#tell(++this.#done, this.#rows.size);
    if (status !== 'inside') return undefined;
    const look = await this.#look.image(reference, signal);
    return look.kind === 'whole' ? look.image : undefined;
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
    const look = await this.#look.image(reference, signal);
    if (look.kind === 'whole') return { ...base, status: 'inside', kind: look.image.kind };
    if (look.kind === 'missing') return row('missing', ifMissing);
    if (look.kind === 'incomplete') return row('missing', 'incomplete', { reason: look.reason });
    return row('unknown', 'unreadable', { reason: look.reason });
  }
}
