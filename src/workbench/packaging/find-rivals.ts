import type * as vscode from 'vscode';

import { isAbort } from '../../base/errors.ts';
import type { ClusterSession } from '../../cluster/api.ts';
import type { FoundRepository } from '../../packaging/find-repositories.ts';
import { conflictsByPackages } from '../../packaging/conflicting-packages.ts';
import type { ProvidedPackage } from '../../packaging/conflicting-packages.ts';
import type { ConflictingRepository } from '../../packaging/conflicting-repositories.ts';
import type { BundleAuditor } from '../registries/registry-reader.ts';

/** Milliseconds that a registry is given: the question is only good to be answered. */
const PATIENCE = 20_000;

export interface FindRivalsParts {
  readonly auditor: Pick<BundleAuditor, 'providedPackages'>;
  /** What a registry is called here, also one that only a cluster calls so; undefined where it is not listed. */
  readonly listed: (host: string) => string | undefined;
  readonly log: vscode.LogOutputChannel;
}

/**
 * Which PackageRepositories a document's would be in conflict with (reference/packaging-apis.md 3.4): by the Packages that its bundle
 * brings, where a listed registry shows them; else by what the bundles are called.
 */
export class FindRivals {
  readonly #parts: FindRivalsParts;

  constructor(parts: FindRivalsParts) {
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
    const wanted = { namespace, name: name.value, image: image.value };
    const isThere = repositories.some(
      (each) =>
        each.namespace === namespace &&
        each.name === wanted.name &&
        each.source.kind === 'imgpkgBundle' &&
        each.source.image === wanted.image,
    );
    // It has its Packages, or its conflict.
    if (isThere || repositories.every((each) => each.name === wanted.name)) return [];
    const { conflictingRepositories } = await import('../../packaging/conflicting-repositories.ts');
    const byName = conflictingRepositories(wanted, repositories);
    const brought = await this.#brought(found, signal);
    if (brought === undefined) return byName;
    const live = await session.packages(namespace, signal);
    const byPackages = conflictsByPackages(wanted, brought, live, repositories);
    const same = byName.filter(
      ({ certain, repository }) => certain && !byPackages.some((each) => each.repository === repository),
    );
    return [...byPackages, ...same];
  }

  async #brought(
    { text, image }: FoundRepository,
    signal: AbortSignal,
  ): Promise<readonly ProvidedPackage[] | undefined> {
    const { auditor, listed, log } = this.#parts;
    const host = image?.value.split('/')[0] ?? '';
    if (listed(host) === undefined) return undefined;
    try {
      const { targetAt } = await import('../../audit/targets.ts');
      const target = targetAt(text, host, 0);
      const limit = AbortSignal.any([signal, AbortSignal.timeout(PATIENCE)]);
      const reach = (registry: string): string => listed(registry) ?? registry;
      return await auditor.providedPackages(target, { reach, signal: limit });
    } catch (error) {
      if (isAbort(error) && signal.aborted) throw error;
      log.info(`Which Packages ${image?.value ?? ''} brings is not known: ${String(error)}`);
      return undefined;
    }
  }
}
