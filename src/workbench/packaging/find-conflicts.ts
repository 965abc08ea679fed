import type * as vscode from 'vscode';

import { isAbort } from '../../base/errors.ts';
import type { ClusterSession } from '../../cluster/api.ts';
import type { FoundRepository } from '../../packaging/documents/find-documents.ts';
import { conflictsByPackages } from '../../packaging/conflicting-packages.ts';
import type { ProvidedPackage } from '../../packaging/conflicting-packages.ts';
import type { ConflictingRepository } from '../../packaging/conflicting-repositories.ts';
import type { BundleAuditor } from '../registries/registry-reader.ts';

/** Maximum time in milliseconds to wait for a registry; the answer is optional. */
const REGISTRY_TIMEOUT = 20_000;

export interface FindConflictsParts {
  readonly auditor: Pick<BundleAuditor, 'providedPackages'>;
  /** Returns the listed name of a registry, also for the name that a cluster uses; undefined if it is not listed. */
  readonly listed: (host: string) => string | undefined;
  readonly log: vscode.LogOutputChannel;
}

/**
 * Finds PackageRepositories that would conflict with a document: if the registry is listed, by the Packages in the bundle,
 * otherwise by the name of the bundle. kapp-controller rejects a repository whose Packages another one in the namespace
 * already provides.
 */
export class FindConflicts {
  readonly #parts: FindConflictsParts;

  constructor(parts: FindConflictsParts) {
    this.#parts = parts;
  }

  async find(
    session: ClusterSession,
    namespace: string,
    found: FoundRepository,
    signal: AbortSignal,
  ): Promise<readonly ConflictingRepository[]> {
    const { name, image } = found;
    if (name === undefined || image === undefined) return [];
    const repositories = await session.packageRepositories(namespace, signal);
    const proposed = { namespace, name: name.value, image: image.value };
    const alreadyApplied = repositories.some(
      (each) =>
        each.namespace === namespace &&
        each.name === proposed.name &&
        each.source.kind === 'imgpkgBundle' &&
        each.source.image === proposed.image,
    );
    // An applied repository already owns its Packages or has reported its conflict.
    if (alreadyApplied || repositories.every((each) => each.name === proposed.name)) return [];
    const { conflictingRepositories } = await import('../../packaging/conflicting-repositories.ts');
    const byName = conflictingRepositories(proposed, repositories);
    const provided = await this.#packagesInBundle(found, signal);
    if (provided === undefined) return byName;
    const live = await session.packages(namespace, signal);
    const byPackages = conflictsByPackages(proposed, provided, live, repositories);
    const same = byName.filter(
      ({ certain, repository }) => certain && !byPackages.some((each) => each.repository === repository),
    );
    return [...byPackages, ...same];
  }

  async #packagesInBundle(
    { text, image }: FoundRepository,
    signal: AbortSignal,
  ): Promise<readonly ProvidedPackage[] | undefined> {
    const { auditor, listed, log } = this.#parts;
    const host = image?.value.split('/')[0] ?? '';
    if (listed(host) === undefined) return undefined;
    try {
      const { targetAt } = await import('../../audit/targets.ts');
      const target = targetAt(text, host, 0);
      const limit = AbortSignal.any([signal, AbortSignal.timeout(REGISTRY_TIMEOUT)]);
      const localHost = (registry: string): string => listed(registry) ?? registry;
      return await auditor.providedPackages(target, { reach: localHost, signal: limit });
    } catch (error) {
      if (isAbort(error) && signal.aborted) throw error;
      log.info(`Which Packages ${image?.value ?? ''} brings is not known: ${String(error)}`);
      return undefined;
    }
  }
}
