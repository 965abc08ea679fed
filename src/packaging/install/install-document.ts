import { Document, isScalar, Scalar, stringify } from 'yaml';

import { PACKAGE_REPOSITORY_API_VERSION } from '../api-groups.ts';
import { RBAC_API_VERSION, VALUES_KEY, createdNames, ownerAnnotations, recordAnnotations } from './created-objects.ts';
import type { InstallName, RecordedKind } from './created-objects.ts';

/** The rights of the service account that kapp-controller uses to install a Package. */
export type InstallRights =
  | { readonly kind: 'existing'; readonly account: string }
  /** Everything within the namespace of the PackageInstall. */
  | { readonly kind: 'namespace' }
  /** Everything in the cluster, as kctrl grants by default. */
  | { readonly kind: 'cluster' };

export interface InstallPlan extends InstallName {
  /** Named in a comment, so that the document is applied to this context only. */
  readonly context?: string;
  readonly refName: string;
  /** A version, or a constraint. */
  readonly constraints: string;
  readonly rights: InstallRights;
  /** The values, as YAML; absent for a Package without values. */
  readonly values?: string;
}

const STYLE = { lineWidth: 0, compat: 'yaml-1.1', aliasDuplicateObjects: false } as const;

const ALL_RULES = `rules:
  - { apiGroups: ["*"], resources: ["*"], verbs: ["*"] }
`;

/**
 * One readable YAML text with all that installs a Package: ServiceAccount, role and binding, the Secret with the
 * values, and the PackageInstall, with the names and annotations of kctrl.
 */
export function installDocument(plan: InstallPlan): string {
  const { context } = plan;
  const documents = [...rightsDocuments(plan, plan.rights), ...valuesDocuments(plan), packageInstall(plan)];
  return [...(context === undefined ? [] : [`# kube-context: ${context}\n`]), documents.join('---\n')].join('');
}

/** What gives a service account its rights; nothing for an existing one. */
export function rightsDocuments(plan: InstallName, rights: InstallRights): string[] {
  const { name, namespace } = plan;
  if (rights.kind === 'existing') return [];
  const names = createdNames(plan);
  const annotations = ownerAnnotations(plan);
  const account = {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: names.ServiceAccount, namespace, annotations },
  };
  const isCluster = rights.kind === 'cluster';
  const [role, binding] = isCluster
    ? [names.ClusterRole, names.ClusterRoleBinding]
    : [names.ServiceAccount, names.ServiceAccount];
  const place = isCluster ? {} : { namespace };
  const kind = isCluster ? 'ClusterRole' : 'Role';
  const comment = isCluster
    ? ` All rights in the whole cluster: ${name} can read every Secret and change everything.\n`
    : ` All rights within the namespace ${namespace}, and none outside of it.\n`;
  return [
    stringify(account, STYLE),
    `#${comment}${stringify({ apiVersion: RBAC_API_VERSION, kind, metadata: { name: role, ...place, annotations } }, STYLE)}${ALL_RULES}`,
    stringify(
      {
        apiVersion: RBAC_API_VERSION,
        kind: `${kind}Binding`,
        metadata: { name: binding, ...place, annotations },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind, name: role },
        subjects: [{ kind: 'ServiceAccount', name: names.ServiceAccount, namespace }],
      },
      STYLE,
    ),
  ];
}

function valuesDocuments(plan: InstallPlan): string[] {
  const { values, namespace } = plan;
  if (values === undefined) return [];
  return [
    secretDocument(
      { name: createdNames(plan).Secret, namespace, annotations: ownerAnnotations(plan) },
      { [VALUES_KEY]: values },
    ),
  ];
}

/** A Secret whose values are readable blocks of YAML. */
export function secretDocument(metadata: object, texts: Readonly<Record<string, string>>): string {
  const document = new Document({ apiVersion: 'v1', kind: 'Secret', metadata, stringData: texts }, STYLE);
  for (const key of Object.keys(texts)) {
    const content = document.getIn(['stringData', key], true);
    // A text that a literal block cannot hold, such as one with a tab at its start, is quoted.
    if (isScalar(content)) content.type = Scalar.BLOCK_LITERAL;
  }
  return document.toString(STYLE);
}

export function accountOf(install: InstallName, rights: InstallRights): string {
  return rights.kind === 'existing' ? rights.account : createdNames(install).ServiceAccount;
}

/** What kctrl deletes together with the PackageInstall. */
export function recordedRights({ kind }: InstallRights): readonly RecordedKind[] {
  if (kind === 'existing') return [];
  return kind === 'cluster' ? ['ServiceAccount', 'ClusterRole', 'ClusterRoleBinding'] : ['ServiceAccount'];
}

function packageInstall(plan: InstallPlan): string {
  const { namespace, name, refName, constraints, rights, values } = plan;
  const names = createdNames(plan);
  const recorded: RecordedKind[] = [...recordedRights(rights), ...(values === undefined ? [] : (['Secret'] as const))];
  const annotations = recordAnnotations(plan, recorded);
  return stringify(
    {
      apiVersion: PACKAGE_REPOSITORY_API_VERSION,
      kind: 'PackageInstall',
      metadata: { name, namespace, ...(recorded.length > 0 && { annotations }) },
      spec: {
        serviceAccountName: accountOf(plan, rights),
        packageRef: { refName, versionSelection: { constraints, prereleases: {} } },
        ...(values !== undefined && { values: [{ secretRef: { name: names.Secret } }] }),
      },
    },
    STYLE,
  );
}
