import { formatReference, parseReference } from '../oci/reference.ts';
import type { Reference } from '../oci/reference.ts';
import { parsePackageTemplate } from '../packaging/package-template.ts';
import type { FoundImage } from '../carvel/graph.ts';
import { subsetNoteOf } from '../carvel/subset.ts';
import type { Registries } from '../oci/registries.ts';
import { defined } from '../base/json.ts';
import { forEachParallel } from '../base/parallel.ts';
import type { LockedImage } from '../carvel/images-lock.ts';
import { auditError } from './errors.ts';
import type { AuditTarget } from './targets.ts';
import type { ReadBundle } from './read-bundle.ts';
import { selectedTag } from './selected-tag.ts';
import { isPackageFile, usesYtt } from '../packaging/package-files.ts';
import type { YttRunner } from './workload/ytt-runner.ts';
import { Ledger } from './ledger.ts';
import { PackageAudit } from './package-audit.ts';
import { packagesIn } from './packages.ts';
import type { AuditedPackage } from './packages.ts';
import { RegistryProbe } from './registry-probe.ts';
import type { Reach, RefusalOf } from './registry-probe.ts';
import type { AuditReport } from './report.ts';
import { BundleAudit } from './bundle-audit.ts';
import { BundleReader } from './read-bundle.ts';
import { makeReport } from './report.ts';
import { WorkloadAudit } from './workload/workload-audit.ts';

export interface AuditOptions {
  readonly registries: Registries;
  readonly signal: AbortSignal;
  /**
   * Registries, or repositories with everything below them, that count as inside; default: the registry of the bundle,
   * or of a lock's first image.
   */
  readonly inside?: readonly string[];
  /** Default: registries have the same names here as in the cluster. */
  readonly reach?: Reach;
  /** The Packages as rendered in the cluster; default: those in the bundle. */
  readonly packages?: (signal: AbortSignal) => Promise<readonly AuditedPackage[]>;
  /** Renders ytt templates of the repository and its Packages; by default, templates are read unrendered. */
  readonly ytt?: YttRunner;
  /** The platforms of the nodes that will pull; of an index, nothing else is needed. Default: everything is. */
  readonly platforms?: ReadonlySet<string>;
  /** The policy of the admission; what it refuses is warned of. Default: none. */
  readonly refusalOf?: RefusalOf | undefined;
  readonly onProgress?: (progress: AuditProgress) => void;
}

export interface AuditProgress {
  readonly imagesDone: number;
  /** Number of images found so far. */
  readonly imagesTotal: number;
}

/**
 * Finds every image that a cluster will pull for a bundle, in the same way as kapp-controller, and checks that each is
 * inside. Only reads, and never contacts registries that are not inside.
 * @throws oci.… if the bundle itself cannot be read; anything missing below it is part of the report
 */
export async function audit(target: AuditTarget, options: AuditOptions): Promise<AuditReport> {
  const { registries, signal, onProgress } = options;
  const probe = new RegistryProbe(
    registries,
    options.reach ?? ((registry) => registry),
    options.platforms,
    options.refusalOf,
  );
  if (target.images !== undefined) return auditLock(target.reference, target.images, probe, options);
  const fixed = parseReference(target.reference);
  const inside = options.inside ?? [fixed.registry];
  const ledger = new Ledger(probe, inside, (imagesDone, imagesTotal) => onProgress?.({ imagesDone, imagesTotal }));
  const parts = auditParts(probe, ledger, options.ytt);
  if (!ledger.isInside(fixed)) {
    const reference = formatReference(fixed);
    await ledger.need({ reference: fixed, origin: reference, ifOutside: { code: 'bundle-outside' } }, signal);
    parts.workloads.notChecked.push({ code: 'bundle-not-read', args: { reference } });
    return reportOf(reference, inside, parts);
  }
  const named = await namedBy(target, probe, signal);
  const text = formatReference(named);
  const digest = await probe.digestOf(named, signal);
  const { registry, path } = named;
  const place = { registry, path, digest };
  const root = await ledger.need({ reference: place, origin: text }, signal);
  if (root?.kind === 'bundle') await auditRoot(root, target, { ...options, ...parts });
  else if (root !== undefined && target.isRepository) {
    parts.reader.problems.push({ code: 'not-a-bundle', args: { reference: formatReference(place) } });
  }
  const report = await reportOf(text, inside, parts);
  const subset = root?.kind === 'bundle' ? subsetNoteOf(root) : undefined;
  return { ...report, ...defined({ subset, platforms: options.platforms && [...options.platforms] }) };
}

/**
 * Audits Packages of a cluster as if they were installed: what their Apps fetch, and the images in that configuration.
 * @param name for display
 */
export async function auditPackages(
  name: string,
  packages: readonly AuditedPackage[],
  options: Omit<AuditOptions, 'packages'> & { readonly inside: readonly string[] },
): Promise<AuditReport> {
  const { registries, signal, inside, ytt, onProgress } = options;
  const probe = new RegistryProbe(
    registries,
    options.reach ?? ((registry) => registry),
    options.platforms,
    options.refusalOf,
  );
  const ledger = new Ledger(probe, inside, (imagesDone, imagesTotal) => onProgress?.({ imagesDone, imagesTotal }));
  const parts = auditParts(probe, ledger, ytt);
  if (inside.length === 0) parts.reader.problems.push({ code: 'nothing-inside', args: {} });
  await new PackageAudit(undefined, parts, true).run(packages, signal);
  return reportOf(name, inside, parts);
}

/** The reference of a target: its own tag or digest, or the tag chosen by its selection. */
export async function namedBy(
  { reference, tagSelection }: AuditTarget,
  probe: RegistryProbe,
  signal: AbortSignal,
): Promise<Reference> {
  if (tagSelection === undefined) return parseReference(reference);
  const fixed = parseReference(reference);
  if (fixed.digest !== undefined || reference.slice(reference.indexOf('/') + 1).includes(':')) {
    throw auditError('selection-and-tag', { reference });
  }
  const repository = { registry: fixed.registry, path: fixed.path };
  const tag = await selectedTag(repository, tagSelection, probe, signal);
  if (typeof tag !== 'string') throw tag;
  return { ...repository, tag };
}

interface RootParts extends AuditOptions, AuditParts {}

async function auditRoot(root: FoundImage, target: AuditTarget, parts: RootParts): Promise<void> {
  const { bundles, reader, workloads, signal } = parts;
  const read = await reader.read(root, (path) => isPackageFile(path) || workloads.needsFile(path), signal);
  if (read === undefined) return;
  const packages = await packagesOf(read, parts);
  // A bundle without Packages is applied directly.
  if (!target.isRepository && packages.length === 0) return bundles.visitRoot(root, read, signal);
  const lockBundles: FoundImage[] = [];
  const pull = { usesLock: true, depth: 0 };
  await bundles.needLock(read, pull, signal, async (found) => {
    lockBundles.push(found);
  });
  await new PackageAudit(read, parts, parts.packages !== undefined).run(packages, signal);
  // Images that no Package pulls are still named by the lock and expected to be present.
  for (const found of lockBundles) {
    if (!bundles.hasVisited(found)) await bundles.visit(found, { usesLock: true, depth: 1 }, signal);
  }
}

async function packagesOf(read: ReadBundle, parts: RootParts): Promise<readonly AuditedPackage[]> {
  if (parts.packages !== undefined) return parts.packages(parts.signal);
  const files = new Map([...read.content.files].filter(([path]) => isPackageFile(path)));
  const bundle = formatReference(read.place);
  const { packages, problems } = await packagesIn(
    { files: await rendered(files, read, parts), unread: read.unread },
    bundle,
  );
  parts.reader.problems.push(...problems);
  return packages;
}

/** Renders the Packages like kapp-controller (pkg/pkgrepository/app_template.go), if ytt is available. */
async function rendered(
  files: ReadonlyMap<string, Buffer>,
  { content, place }: ReadBundle,
  { ytt, reader, signal }: RootParts,
): Promise<ReadonlyMap<string, Buffer>> {
  const isTemplate = [...files.values()].some((file) => usesYtt(file.toString('utf8')));
  if (ytt === undefined || !isTemplate) return files;
  const [step] = parsePackageTemplate({ template: [{ ytt: { ignoreUnknownComments: true } }] }).steps;
  if (step === undefined) return files;
  const run = { files: content.files, inline: [], paths: ['packages'], step, stream: [] };
  const result = await ytt(run, signal);
  if ('text' in result) return new Map([['packages', Buffer.from(result.text)]]);
  const name = `the repository ${formatReference(place)}`;
  reader.problems.push({ code: 'template-fails', args: { tool: 'ytt', package: name, reason: result.reason } });
  return files;
}

/** Checks that each image of a lock is complete at its location, and for bundles also the images of their own locks. */
async function auditLock(
  name: string,
  images: readonly LockedImage[],
  probe: RegistryProbe,
  { inside, signal, ytt, onProgress }: Pick<AuditOptions, 'inside' | 'signal' | 'ytt' | 'onProgress'>,
): Promise<AuditReport> {
  const [first] = images;
  const counted = inside ?? (first === undefined ? [] : [first.reference.registry]);
  const ledger = new Ledger(probe, counted, (imagesDone, imagesTotal) => onProgress?.({ imagesDone, imagesTotal }));
  const parts = auditParts(probe, ledger, ytt);
  await forEachParallel(images, signal, async ({ reference }, stop) => {
    const found = await ledger.need({ reference, origin: formatReference(reference) }, stop);
    if (found?.kind === 'bundle') await parts.bundles.visit(found, { usesLock: true, depth: 1 }, stop);
  });
  return reportOf(name, counted, parts);
}

/** The cooperating parts of an audit. */
interface AuditParts {
  readonly probe: RegistryProbe;
  readonly ledger: Ledger;
  readonly reader: BundleReader;
  readonly workloads: WorkloadAudit;
  readonly bundles: BundleAudit;
}

function auditParts(probe: RegistryProbe, ledger: Ledger, ytt?: YttRunner): AuditParts {
  const reader = new BundleReader(probe);
  const workloads = new WorkloadAudit(ledger, ytt);
  return { probe, ledger, reader, workloads, bundles: new BundleAudit({ reader, ledger, workloads }) };
}

async function reportOf(
  target: string,
  inside: readonly string[],
  { ledger, reader, workloads }: AuditParts,
): Promise<AuditReport> {
  const problems = [...reader.problems, ...workloads.problems];
  return makeReport(target, inside, await ledger.images(), problems, workloads.notChecked);
}
