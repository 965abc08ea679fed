import { formatReference } from '../oci/reference.ts';
import type { Registries } from '../oci/registries.ts';
import type { ProvidedPackage } from '../packaging/conflicting-packages.ts';
import { fetchedImages } from '../packaging/package-template.ts';
import { namedBy } from './audit.ts';
import { BundleReader } from './read-bundle.ts';
import { referencesById } from './workload/kbld-config.ts';
import { isPackageFile } from '../packaging/package-files.ts';
import { packagesIn } from './packages.ts';
import { RegistryProbe } from './registry-probe.ts';
import type { Reach } from './registry-probe.ts';
import type { AuditTarget } from './targets.ts';

export interface ProvidedOptions {
  readonly registries: Registries;
  readonly reach: Reach;
  readonly signal: AbortSignal;
}

/**
 * The Packages that a repository bundle will create, with their images after kbld has resolved them in the cluster.
 * Undefined if the reference is not a bundle or cannot be read completely.
 * @throws oci.…
 */
export async function providedPackages(
  target: AuditTarget,
  { registries, reach, signal }: ProvidedOptions,
): Promise<readonly ProvidedPackage[] | undefined> {
  const probe = new RegistryProbe(registries, reach);
  const named = await namedBy(target, probe, signal);
  const digest = named.digest ?? (await probe.resolve(named, signal));
  if (digest === undefined) return undefined;
  const found = await probe.image({ registry: named.registry, path: named.path, digest }, signal);
  if (found.kind !== 'whole' || found.image.kind !== 'bundle') return undefined;
  const read = await new BundleReader(probe).read(found.image, isPackageFile, signal);
  if (read === undefined) return undefined;
  const { packages, problems } = await packagesIn(
    { files: read.content.files, unread: read.unread },
    formatReference(read.place),
  );
  if (problems.length > 0) return undefined;
  const byId = referencesById(read);
  const rewritten = (image: string): string => {
    const reference = byId.get(image);
    return reference === undefined ? image : formatReference(reference);
  };
  return packages.flatMap(({ identity, template }): readonly ProvidedPackage[] =>
    identity === undefined ? [] : [{ ...identity, images: fetchedImages(template).map(rewritten) }],
  );
}
