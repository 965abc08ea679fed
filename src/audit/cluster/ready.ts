import { array, defined, record, text } from '../../base/json.ts';
import { forEachParallel } from '../../base/parallel.ts';
import { compareVersions, parseTagVersion } from '../../packaging/version-range.ts';
import { parsePackage } from '../../packaging/package.ts';
import type { PackageTemplate } from '../../packaging/package-template.ts';
import { audit, auditPackages } from '../audit.ts';
import type { AuditOptions } from '../audit.ts';
import type { Package } from '../../packaging/package.ts';
import type { Registries } from '../../oci/registries.ts';
import { auditError } from '../errors.ts';
import type { AuditFinding } from '../finding.ts';
import { makeReport } from '../report.ts';
import type { AuditedImage, AuditReport } from '../report.ts';
import { tryParseReference } from '../../oci/reference.ts';
import { AnonymousAccess } from './anonymous-access.ts';
import { nodePlatforms } from './node-platforms.ts';
import { ObjectLister } from './object-lister.ts';
import type { Listing, ObjectReader } from './object-lister.ts';
import { isKeyFor, PULL_SECRET_TYPES, PullSecrets } from './pull-secrets.ts';

const PACKAGES: Listing = {
  title: 'Packages',
  group: 'data.packaging.carvel.dev',
  version: 'v1alpha1',
  plural: 'packages',
  pageSize: 50,
};
const EXPORTS: Listing = {
  title: 'SecretExports',
  group: 'secretgen.carvel.dev',
  version: 'v1alpha1',
  plural: 'secretexports',
};

/**
 * The Package of a name and version that a namespace offers.
 * @param version default: the highest
 * @throws audit.package-missing, cluster.…
 */
export async function findPackage(
  cluster: ObjectReader,
  { refName, version, namespace }: { readonly refName: string; readonly version?: string; readonly namespace: string },
  signal: AbortSignal,
): Promise<Package> {
  const lister = new ObjectLister(cluster, namespace, signal, () => undefined);
  let best: Package | undefined;
  await lister.each(PACKAGES, (object) => {
    const found = parsePackage(object);
    if (found?.refName !== refName || (version !== undefined && found.version !== version)) return;
    if (best === undefined || isHigher(found.version, best.version)) best = found;
  });
  if (lister.refusal !== undefined) throw lister.refusal;
  if (best !== undefined) return best;
  throw auditError('package-missing', { package: [refName, version ?? ''].join(' ').trim(), namespace });
}

function isHigher(one: string, other: string): boolean {
  const [a, b] = [parseTagVersion(one), parseTagVersion(other)];
  return a !== undefined && (b === undefined || compareVersions(a, b) > 0);
}

/** Something that is not installed yet. */
export type ReadySubject =
  | { readonly kind: 'package'; readonly name: string; readonly template: PackageTemplate }
  | { readonly kind: 'bundle'; readonly reference: string };

export interface ReadyOptions extends Pick<
  AuditOptions,
  'registries' | 'reach' | 'ytt' | 'onProgress' | 'signal' | 'refusalOf'
> {
  readonly cluster: ObjectReader;
  /** Where it would be installed. */
  readonly namespace: string;
  /** The registries without credentials. */
  readonly anonymous: Registries;
  /** What counts as inside; if empty, the registry of a bundle. */
  readonly inside: readonly string[];
}

/**
 * Audits a Package or bundle as if it were installed: whether everything that the cluster will pull is inside, and
 * whether the namespace has pull secrets for it.
 * @throws oci.… if the bundle cannot be read; cluster.…
 */
export async function auditReady(subject: ReadySubject, options: ReadyOptions): Promise<AuditReport> {
  const { inside, cluster } = options;
  const platforms = await nodePlatforms(cluster, options.signal);
  if (subject.kind === 'package') {
    const packages = [{ name: subject.name, template: subject.template }];
    return withPullSecrets(
      await auditPackages(subject.name, packages, { ...options, ...defined({ platforms }) }),
      options,
    );
  }
  const { registries, reach, ytt, onProgress, signal, refusalOf } = options;
  const own = {
    registries,
    signal,
    ...defined({ reach, ytt, onProgress, platforms, refusalOf }),
    ...(inside.length === 0 ? {} : { inside }),
  };
  return withPullSecrets(await audit({ reference: subject.reference, isRepository: false }, own), options);
}

/**
 * Adds to the audit of something that is not installed yet whether the cluster will have credentials: for each image
 * that the registry does not give to everyone, a pull secret in the namespace or exported to it.
 */
async function withPullSecrets(report: AuditReport, options: ReadyOptions): Promise<AuditReport> {
  const { cluster, namespace, anonymous, signal } = options;
  const access = new AnonymousAccess(anonymous, options.reach ?? ((registry) => registry));
  const refused = new Set<AuditedImage>();
  await forEachParallel(report.images, signal, async (image, stop) => {
    const reference = image.status === 'inside' ? tryParseReference(image.reference) : undefined;
    if (reference !== undefined && !(await access.allows(reference, stop))) refused.add(image);
  });
  if (refused.size === 0) return report;
  const { secrets, reaching, notChecked } = await reachingSecrets(cluster, namespace, signal);
  const images = report.images.map((image) => {
    const reference = tryParseReference(image.reference);
    if (!refused.has(image) || reference === undefined) return image;
    const fitting = reaching.filter((each) => {
      const [from = '', name = ''] = each.split('/');
      return secrets.registriesOf(from, name)?.some((key) => isKeyFor(key, reference));
    });
    if (fitting.length > 0) return { ...image, pullSecrets: fitting };
    if (!secrets.knowsSecrets) return image;
    const args = { registry: reference.registry, reference: image.reference, namespace };
    const finding: AuditFinding = { code: 'no-credentials-there', args };
    return { ...image, status: 'unauthenticated' as const, finding };
  });
  const { target, inside, problems } = report;
  return makeReport(target, inside, images, problems, [...report.notChecked, ...notChecked]);
}

/** The pull secrets of a namespace and those exported to it, as `namespace/name`. */
async function reachingSecrets(
  cluster: ObjectReader,
  namespace: string,
  signal: AbortSignal,
): Promise<{ secrets: PullSecrets; reaching: readonly string[]; notChecked: readonly AuditFinding[] }> {
  const secrets = new PullSecrets();
  const lister = new ObjectLister(cluster, undefined, signal, () => undefined);
  const own: string[] = [];
  for (const type of PULL_SECRET_TYPES) {
    const title = `Secrets (${type})`;
    const listing = { title, group: '', version: 'v1', plural: 'secrets', fieldSelector: `type=${type}`, pageSize: 50 };
    const isComplete = await lister.each(listing, (object) => {
      secrets.addSecret(object);
      const { namespace: from, name } = record(record(object)['metadata']);
      if (from === namespace) own.push(`${namespace}/${text(name) ?? ''}`);
    });
    secrets.knowsSecrets &&= isComplete;
  }
  const exported: string[] = [];
  await lister.each(EXPORTS, (object) => {
    const { metadata, spec } = record(object);
    const { toNamespace, toNamespaces } = record(spec);
    const targets = [toNamespace, ...array(toNamespaces)];
    const { namespace: from, name } = record(metadata);
    if (targets.includes(namespace) || targets.includes('*')) exported.push(`${text(from) ?? ''}/${text(name) ?? ''}`);
  });
  return { secrets, reaching: [...new Set([...own, ...exported])].sort(), notChecked: lister.notChecked };
}
