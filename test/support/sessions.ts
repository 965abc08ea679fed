// Helpers for tests of cluster sessions.
import assert from 'node:assert/strict';
import type { ClusterSession, ClusterSnapshot, RepositoryObservation } from '../../src/cluster/api.ts';
import { loadKubeconfig, openCluster } from '../../src/cluster/main.ts';
import type { ReconcileState } from '../../src/packaging/reconcile-state.ts';
import type { Cluster } from './cluster.ts';

/** Opens a session with the current context of a kubeconfig. */
export async function sessionOf(kubeconfig: string): Promise<ClusterSession> {
  const config = await loadKubeconfig({ files: [kubeconfig] });
  assert.deepEqual(config.problems, []);
  return openCluster(config, config.currentContext ?? '');
}

/** Watches until a snapshot matches. */
export async function snapshotOf(
  session: ClusterSession,
  fits: (snapshot: ClusterSnapshot) => boolean,
  signal: AbortSignal,
  namespace?: string,
): Promise<ClusterSnapshot> {
  const stop = new AbortController();
  let found: ClusterSnapshot | undefined;
  const onChange = (seen: ClusterSnapshot): void => {
    if (found !== undefined || !fits(seen)) return;
    found = seen;
    stop.abort();
  };
  await session.watch(onChange, AbortSignal.any([stop.signal, signal]), namespace);
  return found ?? assert.fail('no snapshot fits');
}

/** Watches a PackageRepository until an observation matches; if none does, the error contains the last one. */
export async function observationOf(
  session: ClusterSession,
  { namespace, name }: { namespace: string; name: string },
  fits: (observation: RepositoryObservation) => boolean,
  signal: AbortSignal,
): Promise<RepositoryObservation> {
  const stop = new AbortController();
  let last: RepositoryObservation | undefined;
  let found = false;
  const onState = (seen: RepositoryObservation): void => {
    if (found) return;
    last = seen;
    found = fits(seen);
    if (found) stop.abort();
  };
  await session.watchPackageRepository(namespace, name, onState, AbortSignal.any([stop.signal, signal]));
  return found && last ? last : assert.fail(`seen last: ${JSON.stringify(last)}`);
}

export async function stateOf(
  session: ClusterSession,
  object: { namespace: string; name: string },
  fits: (state: ReconcileState) => boolean,
  signal: AbortSignal,
): Promise<ReconcileState> {
  const seen = await observationOf(session, object, (each) => each.kind === 'present' && fits(each.state), signal);
  return seen.kind === 'present' ? seen.state : assert.fail();
}

export interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

const RBAC = 'rbac.authorization.k8s.io';
const PACKAGING = ['packaging.carvel.dev', 'data.packaging.carvel.dev'];

/** Permissions of an editor of a namespace; a reader's are a subset. Neither has any in other namespaces. */
export const editorRules: readonly Rule[] = [
  { apiGroups: PACKAGING, resources: ['*'], verbs: ['*'] },
  { apiGroups: [''], resources: ['secrets'], verbs: ['create', 'get', 'patch'] },
];
export const readerRules: readonly Rule[] = [
  { apiGroups: PACKAGING, resources: ['*'], verbs: ['get', 'list', 'watch'] },
];

/** Grants a user permissions in one namespace, by a Role and its binding. */
export async function grant(
  { client }: Cluster,
  user: string,
  namespace: string,
  rules: readonly Rule[],
): Promise<void> {
  const apiVersion = `${RBAC}/v1`;
  const metadata = { name: user, namespace };
  await client.apply('roles', { apiVersion, kind: 'Role', metadata, rules } as never);
  await client.apply('rolebindings', {
    apiVersion,
    kind: 'RoleBinding',
    metadata,
    roleRef: { apiGroup: RBAC, kind: 'Role', name: user },
    subjects: [{ kind: 'User', name: user, apiGroup: RBAC }],
  } as never);
}
