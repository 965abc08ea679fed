import { tryParseReference, formatReference, formatRepository } from '../oci/reference.ts';
import { forEachParallel } from '../base/parallel.ts';
import type { FoundImage } from '../carvel/graph.ts';
import type { Reference } from '../oci/reference.ts';
import type { PackageFetch } from '../packaging/package-template.ts';
import { failureOf } from './bundle-audit.ts';
import type { BundleAudit } from './bundle-audit.ts';
import type { AuditFinding, FindingCode } from './finding.ts';
import type { Ledger, Need } from './ledger.ts';
import { kbldId, referencesById, lockConfig } from './workload/kbld-config.ts';
import type { AuditedPackage } from './packages.ts';
import type { BundleReader, ReadBundle } from './read-bundle.ts';
import { placeOf } from './rewriting.ts';
import { selectedTag } from './selected-tag.ts';
import type { TagLister } from '../oci/all-tags.ts';
import { folderOf } from './workload/app-folder.ts';
import { Kbld } from './workload/kbld.ts';
import type { FetchedStep, WorkloadAudit } from './workload/workload-audit.ts';

export interface PackageAuditParts {
  readonly probe: TagLister;
  readonly reader: BundleReader;
  readonly ledger: Ledger;
  readonly bundles: BundleAudit;
  readonly workloads: WorkloadAudit;
}

/** The result of a fetch step. */
interface Fetched extends Omit<FetchedStep, 'folder'> {
  readonly image?: FoundImage;
}

/**
 * Audits what the Packages of a repository will pull: their fetch steps after kbld has resolved them in the cluster.
 */
export class PackageAudit {
  readonly #read: ReadBundle | undefined;
  readonly #parts: PackageAuditParts;
  readonly #isLive: boolean;
  readonly #byId: ReadonlyMap<string, Reference>;

  /**
   * @param read the repository's bundle; undefined for Packages on their own, which must be from a cluster
   * @param isLive whether the Packages are from a cluster, where kbld has already run
   */
  constructor(read: ReadBundle | undefined, parts: PackageAuditParts, isLive: boolean) {
    this.#read = read;
    this.#parts = parts;
    this.#isLive = isLive;
    this.#byId = read === undefined ? new Map() : referencesById(read);
  }

  async run(packages: readonly AuditedPackage[], signal: AbortSignal): Promise<void> {
    if (packages.length > 0) this.#checkLock();
    await forEachParallel(packages, signal, async (each, stop) => {
      await this.#checkKeys(each, stop);
      await this.#run(each, stop);
    });
  }

  #checkLock(): void {
    if (this.#read === undefined) return;
    const { content, place } = this.#read;
    const entry = content.lock.images.find((image) => (kbldId(image) ?? '') === '');
    if (entry === undefined) return;
    const args = { bundle: formatReference(place), reference: formatReference(entry.reference) };
    this.#problem({ code: 'lock-without-id', args });
  }

  /** kbld resolves every key called `image` in a Package, such as in the defaults of its values. */
  async #checkKeys({ name, imageKeys = [] }: AuditedPackage, signal: AbortSignal): Promise<void> {
    if (this.#read === undefined) return;
    const who = `Package ${name}`;
    const bundle = formatReference(this.#read.place);
    const kbld = new Kbld([lockConfig(this.#read.content.lock.images.filter((image) => kbldId(image) !== undefined))]);
    for (const { outcome, text, reason } of imageKeys.map((key) => kbld.resolve(key))) {
      const reference = tryParseReference(text);
      if (outcome === 'refused') {
        this.#problem({ code: 'template-fails', args: { tool: 'kbld', package: who, reason } });
      } else if (outcome === 'asked' && reference !== undefined) {
        const ifOutside = { code: 'tag-not-in-lock' as const };
        await this.#parts.ledger.need({ reference, origin: text, neededBy: who, bundle, ifOutside }, signal);
      }
    }
  }

  async #run({ name, template: { fetches, steps } }: AuditedPackage, signal: AbortSignal): Promise<void> {
    const who = `Package ${name}`;
    const { bundles, workloads } = this.#parts;
    const fetched: (Fetched & FetchedStep)[] = [];
    for (const [index, fetch] of fetches.entries()) {
      fetched.push({ ...(await this.#fetch(who, fetch, signal)), folder: folderOf(fetch.path, index, fetches.length) });
    }
    const usesLock = await workloads.run({ name: who, fetched, steps }, signal);
    for (const [index, { image, bundle }] of fetched.entries()) {
      if (image === undefined || bundle === undefined) continue;
      await bundles.visit(image, { package: who, usesLock: usesLock[index] === true, depth: 1 }, signal, bundle);
    }
  }

  async #fetch(who: string, fetch: PackageFetch, signal: AbortSignal): Promise<Fetched> {
    const { kind, source } = fetch;
    if (kind === 'inline') return this.#inline(who, fetch);
    if (kind === 'unknown' || source === undefined) {
      const reason = kind === 'unknown' ? 'it has none that is recognized' : `${kind} names nothing`;
      return this.#problem({ code: 'reference-unreadable', args: { package: who, reason } });
    }
    if (kind !== 'imgpkgBundle' && kind !== 'image') {
      return this.#problem({ code: 'other-source', args: { package: who, kind, reference: source } });
    }
    const selected = await this.#selected(who, fetch, signal);
    if (selected === 'none') return {};
    const rewritten = kind === 'imgpkgBundle' && !this.#isLive ? this.#byId.get(source) : undefined;
    const reference = selected ?? rewritten ?? tryParseReference(source);
    if (reference === undefined) {
      return this.#problem({ code: 'reference-unreadable', args: { package: who, reason: `'${source}' is none` } });
    }
    const need = { ...this.#need(fetch, reference, rewritten !== undefined), neededBy: who };
    const image = await this.#parts.ledger.need(need, signal);
    if (image === undefined) return {};
    if (image.kind === 'bundle' && kind === 'imgpkgBundle') {
      const bundle = await this.#parts.reader.read(image, (path) => this.#parts.workloads.needsFile(path), signal);
      return bundle === undefined ? {} : { image, bundle };
    }
    if (kind === 'imgpkgBundle') return this.#problem({ code: 'not-a-bundle', args: { reference: need.origin } });
    this.#parts.workloads.notChecked.push({ code: 'content-not-read', args: { package: who, reference: need.origin } });
    return {};
  }

  #inline(who: string, { files = {}, hasHiddenFiles = false }: PackageFetch): Fetched {
    if (hasHiddenFiles) this.#parts.workloads.notChecked.push({ code: 'hidden-input', args: { package: who } });
    const contents = new Map(Object.entries(files).map(([path, text]) => [path, Buffer.from(text)]));
    return { files: { files: contents, unread: new Set(), isComplete: !hasHiddenFiles } };
  }

  /**
   * The tag chosen by a tagSelection; `none` if no tag matches, which is recorded as a problem. Undefined if there is
   * no selection.
   */
  async #selected(
    who: string,
    { kind, source = '', tagSelection }: PackageFetch,
    signal: AbortSignal,
  ): Promise<Reference | 'none' | undefined> {
    if (tagSelection === undefined) return undefined;
    const reference = tryParseReference(source);
    const repository = reference === undefined ? source : formatRepository(reference);
    // In a Package from a bundle, kbld replaces the name by a digest, even if the lock does not list it.
    const isFixed = source.includes('@') || /:[^/]*$/.test(source);
    if (reference === undefined || isFixed || (kind === 'imgpkgBundle' && !this.#isLive)) {
      this.#problem({ code: 'tag-selection', args: { package: who, repository } });
      return 'none';
    }
    if (!this.#parts.ledger.isInside(reference)) {
      this.#problem({ code: 'tag-selection-outside', args: { package: who, repository } });
      return 'none';
    }
    const { registry, path } = reference;
    const tag = await selectedTag({ registry, path }, tagSelection, this.#parts.probe, signal);
    if (typeof tag === 'string') return { registry, path, tag };
    this.#problem({ code: 'tag-selection-empty', args: { package: who, reason: tag.message } });
    return 'none';
  }

  #need({ kind, source = '' }: PackageFetch, reference: Reference, isRewritten: boolean): Need {
    const read = this.#read;
    const bundle = read === undefined ? '' : formatReference(read.place);
    if (isRewritten && read !== undefined) {
      const { rewriting, content } = read;
      // Uses the same row as the lock's entry.
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

  /** In a cluster, the reference is the result of kbld; this finds the original lock entry. */
  #originOf(reference: Reference): string | undefined {
    if (this.#read === undefined) return undefined;
    const { content, place, rewriting } = this.#read;
    const text = formatReference(reference);
    const entry = content.lock.images.find(
      (each) => formatReference(placeOf(each.reference, place, rewriting)) === text,
    );
    return entry === undefined ? undefined : formatReference(entry.reference);
  }

  #problem(finding: AuditFinding): Fetched {
    this.#parts.reader.problems.push(finding);
    return {};
  }
}
