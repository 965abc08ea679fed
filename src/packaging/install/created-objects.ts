import { record, text, textMap } from '../../base/json.ts';

/** Marks an object that belongs to a PackageInstall; its value is `<name>-<namespace>` of that (kctrl). */
export const OWNER_ANNOTATION = 'packaging.carvel.dev/package';

export const RBAC_API_VERSION = 'rbac.authorization.k8s.io/v1';
/** The key of the values Secret that kctrl writes. */
export const VALUES_KEY = 'values.yaml';

/** The kinds of objects that kctrl records on a PackageInstall, and deletes together with it. */
const RECORDED = ['ServiceAccount', 'ClusterRole', 'ClusterRoleBinding', 'Secret'] as const;
export type RecordedKind = (typeof RECORDED)[number];

export interface InstallName {
  readonly namespace: string;
  readonly name: string;
}

/** The names that kctrl gives to what it creates for a PackageInstall (cli/pkg/kctrl/cmd/package/installed). */
export function createdNames({ namespace, name }: InstallName): Readonly<Record<RecordedKind, string>> {
  return {
    ServiceAccount: `${name}-${namespace}-sa`,
    ClusterRole: `${name}-${namespace}-cluster-role`,
    ClusterRoleBinding: `${name}-${namespace}-cluster-rolebinding`,
    Secret: `${name}-${namespace}-values`,
  };
}

export function ownerAnnotations({ namespace, name }: InstallName): Readonly<Record<string, string>> {
  return { [OWNER_ANNOTATION]: `${name}-${namespace}` };
}

/** The annotations of a PackageInstall that make kctrl treat these objects as its own. */
export function recordAnnotations(
  install: InstallName,
  kinds: readonly RecordedKind[],
): Readonly<Record<string, string>> {
  const names = createdNames(install);
  return Object.fromEntries(kinds.map((kind) => [`${OWNER_ANNOTATION}-${kind}`, names[kind]]));
}

/** An object of a cluster that was created for a PackageInstall. */
export interface CreatedObject {
  readonly apiVersion: string;
  readonly kind: string;
  /** Absent for objects of the whole cluster. */
  readonly namespace?: string;
  readonly name: string;
}

/**
 * What goes with a PackageInstall when it is deleted: what its annotations record, and the Role and RoleBinding that
 * this extension creates for a service account with rights in one namespace. Their deletion must be conditional on the
 * annotation `packaging.carvel.dev/package`, as annotations of a PackageInstall can name any object.
 */
export function createdObjects(install: unknown): readonly CreatedObject[] {
  const metadata = record(record(install)['metadata']);
  const [name, namespace] = [text(metadata['name']), text(metadata['namespace'])];
  if (name === undefined || namespace === undefined) return [];
  const annotations = textMap(metadata['annotations']);
  const recorded = RECORDED.flatMap((kind): CreatedObject[] => {
    const named = text(annotations[`${OWNER_ANNOTATION}-${kind}`]);
    return named === undefined ? [] : [placed(kind, named, namespace)];
  });
  const own = createdNames({ namespace, name }).ServiceAccount;
  const account = text(record(record(install)['spec'])['serviceAccountName']);
  const isLimited = account === own && !recorded.some(({ kind }) => kind === 'ClusterRole');
  return isLimited ? [...recorded, placed('RoleBinding', own, namespace), placed('Role', own, namespace)] : recorded;
}

function placed(kind: string, name: string, namespace: string): CreatedObject {
  const apiVersion = kind === 'ServiceAccount' || kind === 'Secret' ? 'v1' : RBAC_API_VERSION;
  return { apiVersion, kind, name, ...(!kind.startsWith('Cluster') && { namespace }) };
}
