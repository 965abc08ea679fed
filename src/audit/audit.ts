import { formatReference, formatRepository, parseReference, parseRepository } from '../oci/reference.ts';
import type { Reference } from '../oci/reference.ts';
import { selectTag } from '../packaging/tag-selection.ts';
import { auditError } from './errors.ts';
import type { AuditTarget } from './targets.ts';
import { auditLock } from './lock-audit.ts';
import type { FoundImage } from '../carvel/graph.ts';
import type { Registries } from '../oci/registries.ts';
import { BundleAudit } from './bundle-audit.ts';
import type { ReadBundle } from './bundle-audit.ts';
import { Ledger } from './ledger.ts';
import { PackageAudit } from './package-audit.ts';
import { isPackageFile, packagesIn } from './packages.ts';
import type { AuditedPackage } from './packages.ts';
import { RegistryLook } from './registry-look.ts';
import type { Reach } from './registry-look.ts';
import { makeReport } from './report.ts';
import type { AuditReport } from './report.ts';

/** A repository with more is a registry that goes in circles. */
const MOST_TAGS = 100_000;

export interface AuditOptions {
  readonly registries: Registries;
  readonly signal: AbortSignal;
  /** Registries, or repositories with all below them, that count as inside; without it: that of the bundle, or of a lock's first image. */
  readonly inside?: readonly string[];
  /** Without it: every registry has the same name here as in the cluster. */
  readonly reach?: Reach;
  /** What the cluster has of it: the Packages as they were rendered and rewritten there. Without it: those in the bundle. */
  readonly packages?: (signal: AbortSignal) => Promise<readonly AuditedPackage[]>;
  readonly onProgress?: (progress: AuditProgress) => void;
}

export interface AuditProgress {
  readonly imagesDone: number;
  /** Of those that are known of so far. */
  readonly imagesTotal: number;
}

/**
 * Finds every image that a cluster will pull for a bundle, the way kapp-controller finds it, and looks whether each is inside.
 * Registries that are not inside are not contacted. Reads only.
 * @throws oci.… where the bundle itself can not be asked for; what is missing below it stands in the report
 */
export async function audit(target: AuditTarget, options: AuditOptions): Promise<AuditReport> {
  const { registries, signal, onProgress } = options;
  const look = new RegistryLook(registries, options.reach ?? ((registry) => registry));
  if (target.images !== undefined) return auditLock(target.reference, target.images, look, options);
  const named = await namedBy(target, look, signal);
  const inside = options.inside ?? [named.registry];
  const ledger = new Ledger(look, inside, (imagesDone, imagesTotal) => onProgress?.({ imagesDone, imagesTotal }));
  const bundles = new BundleAudit(look, ledger);
  const text = formatReference(named);
  const digest = await look.digestOf(named, signal);
  const { registry, path } = named;
  const place = { registry, path, digest };
  const root = await ledger.need({ reference: place, origin: text }, signal);
  if (root?.kind === 'bundle') await auditRoot(root, { ...options, bundles, ledger });
  else if (root !== undefined && target.isRepository) {
    bundles.problems.push({ code: 'not-a-bundle', args: { reference: formatReference(place) } });
  }
  return makeReport(text, inside, await ledger.images(), bundles.problems);
}

/** The reference that a target stands for: with its own tag or digest, or with the tag that its selection chooses. */
export async function namedBy(
  { reference, tagSelection }: AuditTarget,
  look: RegistryLook,
  signal: AbortSignal,
): Promise<Reference> {
  if (tagSelection === undefined) return parseReference(reference);
  const repository = parseRepository(reference);
  const tags: string[] = [];
  let last: string | undefined;
  do {
    const request = { limit: 1000, signal, ...(last === undefined ? {} : { last }) };
    const page = await look.tags(repository, request);
    tags.push(...page.tags);
    last = tags.length < MOST_TAGS ? page.next : undefined;
  } while (last !== undefined);
  const tag = selectTag(tags, tagSelection);
  if (tag !== undefined) return { ...repository, tag };
  const { constraints } = tagSelection;
  throw auditError('no-tag-fits', { repository: formatRepository(repository), constraints });
}

interface RootParts extends AuditOptions {
  readonly bundles: BundleAudit;
  readonly ledger: Ledger;
}

async function auditRoot(root: FoundImage, parts: RootParts): Promise<void> {
  const { bundles, ledger, signal } = parts;
  const read = await bundles.read(root, isPackageFile, signal);
  if (read === undefined) return;
  const lockBundles: FoundImage[] = [];
  const pull = { usesLock: true, depth: 0 };
  await bundles.needLock(read, pull, signal, async (found) => {
    lockBundles.push(found);
  });
  const packages = await packagesOf(read, parts);
  await new PackageAudit(read, ledger, bundles, parts.packages !== undefined).run(packages, signal);
  // What no Package pulls is still named by the lock, and part of what was promised.
  for (const found of lockBundles) {
    if (!bundles.hasVisited(found)) await bundles.visit(found, { usesLock: true, depth: 1 }, signal);
  }
}

async function packagesOf(read: ReadBundle, parts: RootParts): Promise<readonly AuditedPackage[]> {
  if (parts.packages !== undefined) return parts.packages(parts.signal);
  const { packages, problems } = await packagesIn(read.content.files, formatReference(read.place));
  parts.bundles.problems.push(...problems);
  return packages;
}
