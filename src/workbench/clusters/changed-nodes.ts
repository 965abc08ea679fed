import type { Package } from '../../packaging/package.ts';
import type { PackageRepository } from '../../packaging/package-repository.ts';
import { firstUndecodable } from '../../packaging/undecodable.ts';
import type { ClusterView } from './cluster-watch.ts';

/** What must be redrawn after a change: the context, or only these repositories (`<namespace>/<name>`). */
export type Change = 'context' | ReadonlySet<string>;

/** Compares snapshots by identity: the watches keep the same object for an object that did not change. */
export function changedNodes(before: ClusterView, after: ClusterView): Change {
  if (before.snapshot === undefined || after.snapshot === undefined) return 'context';
  if (before.error !== after.error) return 'context';
  const [old, now] = [before.snapshot, after.snapshot];
  if (old.repositories.problem?.error !== now.repositories.problem?.error) return 'context';
  if (old.repositories.complete !== now.repositories.complete) return 'context';
  const repositories = new Map(old.repositories.items.map((item) => [repositoryKey(item), item]));
  if (now.repositories.items.length !== repositories.size) return 'context';
  const changed = new Set<string>();
  for (const item of now.repositories.items) {
    const key = repositoryKey(item);
    if (!repositories.has(key)) return 'context';
    if (repositories.get(key) !== item) changed.add(key);
  }
  // Other repositories name this one as the cause of their conflict.
  const [oldCulprit, newCulprit] = [firstUndecodable(old.repositories.items), firstUndecodable(now.repositories.items)];
  const conflictChanged = JSON.stringify(oldCulprit) !== JSON.stringify(newCulprit);
  if (
    conflictChanged ||
    old.packages.problem?.error !== now.packages.problem?.error ||
    old.packages.complete !== now.packages.complete
  ) {
    for (const key of repositories.keys()) changed.add(key);
  }
  if (old.packages.items === now.packages.items) return changed;
  const packages = new Set(old.packages.items);
  for (const item of now.packages.items) if (!packages.delete(item)) addOwner(changed, item);
  for (const removed of packages) addOwner(changed, removed);
  return changed;
}

export function repositoryKey({ namespace, name }: Pick<PackageRepository, 'namespace' | 'name'>): string {
  return `${namespace}/${name}`;
}

function addOwner(owners: Set<string>, { repository }: Package): void {
  if (repository !== undefined) owners.add(repositoryKey(repository));
}
