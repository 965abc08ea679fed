import type { AirgapError } from '../../base/errors.ts';
import type { ClusterSession } from '../../cluster/api.ts';
import type { ObjectState } from '../../cluster/installs-api.ts';
import type { FoundInstall } from '../../packaging/install/find-installs.ts';
import { hasCode } from '../../base/errors.ts';

/** What applying an installation would do, as computed by a dry run in the cluster. */
export interface InstallTrial {
  readonly namespace: string;
  readonly before: readonly ObjectState[];
  readonly after: readonly ObjectState[];
  /** The namespace does not exist and must be created first, so that the cluster could not compute `after`. */
  readonly namespaceMissing: boolean;
  /** Set if another field manager owns a field that would change. */
  readonly conflict?: AirgapError;
}

export async function tryInstall(
  session: ClusterSession,
  found: FoundInstall,
  namespace: string,
  signal: AbortSignal,
): Promise<InstallTrial> {
  const options = { signal, namespace };
  const before = await session.installObjects(found.text, options);
  const known = { namespace, before, namespaceMissing: false };
  try {
    return { ...known, after: await session.applyInstall(found.text, { ...options, dryRun: true }) };
  } catch (error) {
    if (hasCode(error, 'cluster.namespace-missing')) {
      return { ...known, after: await written(found, namespace), namespaceMissing: true };
    }
    if (!hasCode(error, 'cluster.conflict')) throw error;
    const after = await session.applyInstall(found.text, { ...options, dryRun: true, force: true });
    return { ...known, after, conflict: error };
  }
}

/** The objects as the document describes them. */
export async function written(found: FoundInstall, namespace: string): Promise<readonly ObjectState[]> {
  const { installObjectYaml, readInstall } = await import('../../packaging/install/read-install.ts');
  return readInstall(found.text, namespace).objects.map(({ kind, name, namespace: own, object }) => ({
    kind,
    name,
    ...(own !== undefined && { namespace: own }),
    yaml: installObjectYaml(object),
  }));
}

/** All objects as one text, for a diff editor. */
export function textOf(objects: readonly ObjectState[]): string {
  return objects.flatMap(({ yaml }) => yaml ?? []).join('---\n');
}

/** How Apply changes an object. */
export type ObjectChange = 'created' | 'changed' | 'unchanged' | 'unknown';

export function changesOf({ before, after }: InstallTrial): readonly (readonly [ObjectState, ObjectChange])[] {
  return after.map((object, index) => {
    const old = before[index];
    if (old?.unknown !== undefined) return [object, 'unknown'];
    if (old?.yaml === undefined) return [object, 'created'];
    return [object, old.yaml === object.yaml ? 'unchanged' : 'changed'];
  });
}
