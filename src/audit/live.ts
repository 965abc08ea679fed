import type { Package } from '../packaging/package.ts';
import type { PackageRepository } from '../packaging/package-repository.ts';
import { bundleReference } from '../packaging/resolved-bundle.ts';
import { auditError } from './errors.ts';
import type { AuditedPackage } from './packages.ts';
import type { AuditTarget } from './targets.ts';

/** What an audit reads from a cluster. */
export interface ClusterReader {
  /** Every Package in a namespace. */
  packages(namespace: string, signal: AbortSignal): Promise<readonly Package[]>;
}

/** A repository as installed in a cluster. */
export interface LiveTarget {
  readonly target: AuditTarget;
  readonly packages: (signal: AbortSignal) => Promise<readonly AuditedPackage[]>;
}

/**
 * The bundle of a cluster's PackageRepository, and the Packages created from it.
 * @throws audit.repository-source, audit.nothing-resolved
 */
export function liveTarget(repository: PackageRepository, reader: ClusterReader): LiveTarget {
  const { namespace, name, source } = repository;
  if (source.kind !== 'imgpkgBundle') throw auditError('repository-source', { name, kind: source.kind });
  const reference = bundleReference(repository);
  if (reference === undefined) throw auditError('nothing-resolved', { name });
  return {
    target: { reference, isRepository: true },
    packages: async (signal) =>
      (await reader.packages(namespace, signal))
        .filter(({ repository: from }) => from?.namespace === namespace && from.name === name)
        .map(({ refName, version, template }) => ({ name: `${refName} ${version}`, template })),
  };
}
