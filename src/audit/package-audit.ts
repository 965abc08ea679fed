import { attemptReference } from './attempt-reference.ts';
import { forEachParallel } from '../base/parallel.ts';
import { formatReference } from '../oci/reference.ts';
import type { Reference } from '../oci/reference.ts';
import type { PackageFetch } from '../packaging/package-template.ts';
import { failureOf } from './bundle-audit.ts';
import type { BundleAudit, ReadBundle } from './bundle-audit.ts';
import type { AuditFinding, FindingCode } from './finding.ts';
import type { Ledger, Need } from './ledger.ts';
import { kbldId, referencesById } from './kbld-ids.ts';
import type { AuditedPackage } from './packages.ts';
import { placeOf } from './rewriting.ts';

/** What the Packages of a repository will pull: their fetch steps, as kbld in the cluster leaves them (packaging-apis.md 7.3). */
export class PackageAudit {
  readonly #read: ReadBundle;
  readonly #ledger: Ledger;
  readonly #bundles: BundleAudit;
  readonly #isLive: boolean;
  readonly #byId: ReadonlyMap<string, Reference>;

  /** @param isLive the Packages are those of a cluster, where kbld has been at work already */
  constructor(read: ReadBundle, ledger: Ledger, bundles: BundleAudit, isLive: boolean) {
    this.#read = read;
    this.#ledger = ledger;
    this.#bundles = bundles;
    this.#isLive = isLive;
    this.#byId = referencesById(read);
  }

  async run(packages: readonly AuditedPackage[], signal: AbortSignal): Promise<void> {
    if (packages.length > 0) this.#checkLock();
    await forEachParallel(packages, signal, async (each, stop) => {
      for (const fetch of each.template.fetches) await this.#fetch(each, fetch, stop);
    });
  }

  #checkLock(): void {
    const { content, place } = this.#read;
    const entry = content.lock.images.find((image) => (kbldId(image) ?? '') === '');
    if (entry === undefined) return;
    const args = { bundle: formatReference(place), reference: formatReference(entry.reference) };
    this.#problem({ code: 'lock-without-id', args });
  }

  async #fetch({ name, template }: AuditedPackage, fetch: PackageFetch, signal: AbortSignal): Promise<void> {
    const { kind, source } = fetch;
    const who = `Package ${name}`;
    if (kind === 'inline') return;
    if (kind === 'unknown' || source === undefined) {
      const reason = kind === 'unknown' ? 'it has none that is known' : `${kind} names nothing`;
      return this.#problem({ code: 'reference-unreadable', args: { package: who, reason } });
    }
    if (kind !== 'imgpkgBundle' && kind !== 'image') {
      return this.#problem({ code: 'other-source', args: { package: who, kind, reference: source } });
    }
    const rewritten = kind === 'imgpkgBundle' && !this.#isLive ? this.#byId.get(source) : undefined;
    const reference = rewritten ?? attemptReference(source);
    if (reference === undefined) {
      return this.#problem({ code: 'reference-unreadable', args: { package: who, reason: `'${source}' is none` } });
    }
    const need = { ...this.#need(fetch, reference, rewritten !== undefined), neededBy: who };
    const found = await this.#ledger.need(need, signal);
    if (found === undefined) return;
    if (found.kind === 'bundle') {
      await this.#bundles.visit(found, { package: who, usesLock: template.usesLock, depth: 1 }, signal);
    } else if (kind === 'imgpkgBundle') {
      this.#problem({ code: 'not-a-bundle', args: { reference: need.origin } });
    }
  }

  #need({ kind, source = '' }: PackageFetch, reference: Reference, isRewritten: boolean): Need {
    const { place, rewriting, content } = this.#read;
    const bundle = formatReference(place);
    if (isRewritten) {
      // The same row as that of the lock's entry.
      const entry = content.lock.images.find((image) => kbldId(image) === source);
      const origin = entry === undefined ? source : formatReference(entry.reference);
      return { reference, origin, bundle, ...failureOf(rewriting, true) };
    }
    const ifOutside = { code: this.#codeFor(kind, reference) };
    return { reference, origin: this.#originOf(reference) ?? formatReference(reference), bundle, ifOutside };
  }

  #codeFor(kind: PackageFetch['kind'], { digest }: Reference): FindingCode {
    if (this.#isLive) return 'live-outside';
    if (kind === 'image') return 'plain-image';
    return digest === undefined ? 'tag-not-in-lock' : 'not-in-lock';
  }

  /** In a cluster the reference is what kbld made of a lock's entry: this finds the entry again. */
  #originOf(reference: Reference): string | undefined {
    const { content, place, rewriting } = this.#read;
    const text = formatReference(reference);
    const entry = content.lock.images.find(
      (each) => formatReference(placeOf(each.reference, place, rewriting)) === text,
    );
    return entry === undefined ? undefined : formatReference(entry.reference);
  }

  #problem(finding: AuditFinding): void {
    this.#bundles.problems.push(finding);
  }
}
