import { setImmediate } from 'node:timers/promises';

import { record, text } from '../../base/json.ts';
import { forEachParallel } from '../../base/parallel.ts';
import { PACKAGING_GROUP } from '../../packaging/api-groups.ts';
import type { Registries } from '../../oci/registries.ts';
import type { AuditFinding } from '../finding.ts';
import { RegistryProbe } from '../registry-probe.ts';
import type { Reach, RefusalOf } from '../registry-probe.ts';
import { makeReport } from '../report.ts';
import type { AuditReport } from '../report.ts';
import { auditError } from '../errors.ts';
import { AnonymousAccess } from './anonymous-access.ts';
import { ClusterRows } from './cluster-rows.ts';
import { fetchedImages, isRemoteInside, printableUrl } from './fetch-images.ts';
import type { FetchedImages } from './fetch-images.ts';
import { decodeHelmRelease } from './helm-release.ts';
import { ImageUses } from './image-use.ts';
import { objectImages, KAPP_LABEL, titleOf } from './object-scan.ts';
import type { ScanContext } from './object-scan.ts';
import { nodePlatforms } from './node-platforms.ts';
import { ObjectLister } from './object-lister.ts';
import type { Listing, ObjectReader, ReadableKind } from './object-lister.ts';
import { PULL_SECRET_TYPES, PullSecrets } from './pull-secrets.ts';

export interface ClusterAuditOptions {
  readonly cluster: ObjectReader;
  readonly registries: Registries;
  /** The same registries without credentials: whether a pod needs a pull secret. */
  readonly anonymous: Registries;
  /** Registries, or repositories with everything below them, that count as inside; also hosts of other servers. */
  readonly inside: readonly string[];
  /** Default: registries have the same names here as in the cluster. */
  readonly reach?: Reach;
  /** Default: all namespaces. */
  readonly namespace?: string;
  /** The policy of the admission; what it refuses is warned of. Default: none. */
  readonly refusalOf?: RefusalOf | undefined;
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: ClusterAuditProgress) => void;
}

export type ClusterAuditProgress =
  | { readonly step: 'list'; readonly what: string; readonly objects: number }
  | { readonly step: 'check'; readonly imagesDone: number; readonly imagesTotal: number };

/** The audit of a cluster; `target` is its context. */
export interface ClusterAuditReport extends AuditReport {
  /** Absent for all namespaces. */
  readonly namespace?: string;
  /** Number of objects that were searched. */
  readonly objects: number;
}

/** The kinds of Kubernetes that run pods. */
const WORKLOADS: readonly (Listing & { readonly kind: string })[] = [
  { title: 'Deployments', kind: 'Deployment', group: 'apps', version: 'v1', plural: 'deployments' },
  { title: 'StatefulSets', kind: 'StatefulSet', group: 'apps', version: 'v1', plural: 'statefulsets' },
  { title: 'DaemonSets', kind: 'DaemonSet', group: 'apps', version: 'v1', plural: 'daemonsets' },
  { title: 'ReplicaSets', kind: 'ReplicaSet', group: 'apps', version: 'v1', plural: 'replicasets' },
  {
    title: 'ReplicationControllers',
    kind: 'ReplicationController',
    group: '',
    version: 'v1',
    plural: 'replicationcontrollers',
  },
  { title: 'CronJobs', kind: 'CronJob', group: 'batch', version: 'v1', plural: 'cronjobs' },
  { title: 'Jobs', kind: 'Job', group: 'batch', version: 'v1', plural: 'jobs' },
  { title: 'Pods', kind: 'Pod', group: '', version: 'v1', plural: 'pods' },
];
/** These can have up to 1 MiB each. */
const LARGE = { pageSize: 50 };
const CONFIG_MAPS: Listing = { title: 'ConfigMaps', group: '', version: 'v1', plural: 'configmaps', ...LARGE };
const SECRETS = { group: '', version: 'v1', plural: 'secrets' };
const APPS: Listing = { title: 'Apps', group: 'kappctrl.k14s.io', version: 'v1alpha1', plural: 'apps' };
const REPOSITORIES: Listing = {
  title: 'PackageRepositories',
  group: PACKAGING_GROUP,
  version: 'v1alpha1',
  plural: 'packagerepositories',
};
const INSTALLS: Listing = {
  title: 'PackageInstalls',
  group: PACKAGING_GROUP,
  version: 'v1alpha1',
  plural: 'packageinstalls',
};
/** Releases that are or will be deployed; Helm keeps old ones for a rollback. */
const RELEASES = 'owner=helm,status notin (superseded,uninstalled,uninstalling)';
/** Most objects of one custom kind that are searched. */
const MOST_CUSTOM = 5000;
/** Groups of Kubernetes itself (its API conventions reserve k8s.io), and those whose objects are audited as what they are. */
const NOT_CUSTOM =
  /(?:^|\.)k8s\.io$|^(?:apps|batch|autoscaling|policy|extensions)$|(?:^|\.)(?:packaging\.carvel\.dev|kappctrl\.k14s\.io)$/;

/**
 * Finds every image that a cluster pulls and checks that each is inside. Only reads, and never contacts registries that
 * are not inside.
 * @throws audit.namespace-missing; cluster.… if the cluster cannot be queried, or if nothing may be listed
 */
export async function auditCluster(options: ClusterAuditOptions): Promise<ClusterAuditReport> {
  const { cluster, inside, namespace, signal, onProgress } = options;
  const found = await new ClusterSearch(options).run();
  const reach = options.reach ?? ((registry) => registry);
  const platforms = await nodePlatforms(cluster, signal);
  const probe = new RegistryProbe(options.registries, reach, platforms, options.refusalOf);
  const access = new AnonymousAccess(options.anonymous, reach);
  const rows = new ClusterRows({ probe, access, inside, secrets: found.secrets });
  const groups = found.uses.groups();
  let imagesDone = 0;
  await forEachParallel(groups, signal, async (group, stop) => {
    await rows.add(group, stop);
    onProgress?.({ step: 'check', imagesDone: ++imagesDone, imagesTotal: groups.length });
  });
  const problems: AuditFinding[] = [
    ...(inside.length === 0 ? [{ code: 'nothing-inside' as const, args: {} }] : []),
    ...found.problems,
  ];
  const notChecked = [...found.notChecked, ...rows.notChecked];
  const report = makeReport(cluster.context, inside, rows.images(), problems, notChecked);
  return { ...report, ...(namespace === undefined ? {} : { namespace }), objects: found.objects };
}

/** Reads the objects of a cluster and collects what they use. */
class ClusterSearch {
  readonly uses = new ImageUses();
  readonly secrets = new PullSecrets();
  readonly problems: AuditFinding[] = [];
  readonly #notes: AuditFinding[] = [];
  readonly #lister: ObjectLister;
  readonly #options: ClusterAuditOptions;
  readonly #apps = new Map<string, string>();
  readonly #scan: ScanContext;

  constructor(options: ClusterAuditOptions) {
    const { cluster, namespace, signal, onProgress } = options;
    this.#options = options;
    this.#lister = new ObjectLister(cluster, namespace, signal, (what, objects) =>
      onProgress?.({ step: 'list', what, objects }),
    );
    const registries = options.inside.map((each) => each.replace(/\/.*$/, ''));
    this.#scan = { registries: new Set(registries), apps: this.#apps };
  }

  get notChecked(): readonly AuditFinding[] {
    return [...this.#lister.notChecked, ...this.#notes];
  }

  get objects(): number {
    return this.#lister.count;
  }

  async run(): Promise<this> {
    const lister = this.#lister;
    await this.#checkNamespace();
    await this.#packaging();
    await this.#pullSecrets();
    for (const { kind, ...listing } of WORKLOADS) await lister.each(listing, (object) => this.#add(kind, object));
    await lister.each(CONFIG_MAPS, (object) => this.#add('ConfigMap', object));
    const ofApps = { ...SECRETS, ...LARGE, title: 'Secrets of Apps', labelSelector: KAPP_LABEL };
    await lister.each(ofApps, (object) => this.#add('Secret', object));
    await this.#releases();
    await this.#customKinds();
    if (!lister.hasListed && lister.refusal !== undefined) throw lister.refusal;
    return this;
  }

  /** The list of a namespace that does not exist is empty, which would look as if everything were inside. */
  async #checkNamespace(): Promise<void> {
    const { namespace, cluster, signal } = this.#options;
    if (namespace === undefined) return;
    const fieldSelector = `metadata.name=${namespace}`;
    try {
      const list = { group: '', version: 'v1', plural: 'namespaces', fieldSelector, limit: 1 };
      const { items } = await cluster.page(list, signal);
      if (items.length > 0) return;
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'cluster.forbidden') return;
      throw error;
    }
    throw auditError('namespace-missing', { namespace, context: cluster.context });
  }

  async #packaging(): Promise<void> {
    const lister = this.#lister;
    await lister.each(REPOSITORIES, (object) => this.#fetched(fetchedImages('PackageRepository', object)));
    const apps = new Set<string>();
    const areAppsListed = await lister.each(APPS, (object) => {
      apps.add(this.#app(object));
      this.#fetched(fetchedImages('App', object));
    });
    await lister.each(INSTALLS, (object) => {
      const { namespace, name } = record(record(object)['metadata']);
      const title = `${text(namespace) ?? ''}/${text(name) ?? ''}`;
      if (areAppsListed && !apps.has(title)) this.#note('not-deployed', { user: `PackageInstall ${title}` });
    });
  }

  /** Remembers an App's label, and returns its name. */
  #app(value: unknown): string {
    const { metadata, spec, status } = record(value);
    const { namespace = '', name = '' } = record(metadata) as { namespace?: string; name?: string };
    const user = titleOf('App', namespace, name);
    const { deploy } = record(status);
    const label = text(record(record(record(deploy)['kapp'])['associatedResources'])['label']);
    const [key, id] = label?.split('=') ?? [];
    if (key === KAPP_LABEL && id !== undefined) this.#apps.set(id, user);
    if (record(spec)['cluster'] !== undefined) this.#note('other-cluster', { user });
    else if (deploy === undefined) this.#note('not-deployed', { user });
    return `${namespace}/${name}`;
  }

  #fetched({ uses, remotes, notChecked }: FetchedImages): void {
    for (const use of uses) this.uses.add(use);
    this.#notes.push(...notChecked);
    for (const { kind, url, user } of remotes) {
      if (isRemoteInside(this.#options.inside, url)) continue;
      this.problems.push({ code: 'fetches-outside', args: { kind, url: printableUrl(url), user } });
    }
  }

  async #pullSecrets(): Promise<void> {
    const { secrets } = this;
    const accounts: Listing = { title: 'ServiceAccounts', group: '', version: 'v1', plural: 'serviceaccounts' };
    secrets.knowsAccounts = await this.#lister.each(accounts, (object) => secrets.addAccount(object));
    for (const type of PULL_SECRET_TYPES) {
      const listing = { ...SECRETS, ...LARGE, title: `Secrets (${type})`, fieldSelector: `type=${type}` };
      const isComplete = await this.#lister.each(listing, (object) => secrets.addSecret(object));
      secrets.knowsSecrets &&= isComplete;
    }
  }

  #add(kind: string, object: unknown): void {
    const { uses, tooLong } = objectImages(kind, object, this.#scan);
    for (const use of uses) this.uses.add(use);
    for (const place of tooLong) this.#note('text-too-long', { place });
  }

  async #releases(): Promise<void> {
    const fieldSelector = 'type=helm.sh/release.v1';
    const stored = [
      { ...SECRETS, ...LARGE, title: 'Helm releases', fieldSelector, labelSelector: RELEASES, kind: 'Secret' as const },
      { ...CONFIG_MAPS, title: 'Helm releases in ConfigMaps', labelSelector: RELEASES, kind: 'ConfigMap' as const },
    ];
    for (const { kind, ...listing } of stored) {
      await this.#lister.each(listing, async (object) => {
        // Lets other work on this thread run between two large texts.
        await setImmediate();
        await this.#release(object, kind);
      });
    }
  }

  async #release(object: unknown, kind: 'Secret' | 'ConfigMap'): Promise<void> {
    try {
      const { title, objects } = await decodeHelmRelease(object, kind);
      for (const each of objects) {
        const own = text(record(each)['kind']) ?? '';
        const { uses } = objectImages(own, each, this.#scan);
        for (const use of uses) this.uses.add({ ...use, partOf: title });
      }
    } catch (error) {
      const { namespace, name } = record(record(object)['metadata']);
      const what = `${kind} ${text(namespace) ?? ''}/${text(name) ?? ''}`;
      this.#note('release-unreadable', { what, reason: error instanceof Error ? error.message : String(error) });
    }
  }

  /** Custom resources may contain the spec of a pod, or name an image in another way. */
  async #customKinds(): Promise<void> {
    const { namespace } = this.#options;
    const kinds = await this.#lister.kinds();
    const isCustom = ({ group, namespaced }: ReadableKind): boolean =>
      !NOT_CUSTOM.test(group) && (namespaced || namespace === undefined);
    for (const { group, version, plural, kind, namespaced } of kinds.filter(isCustom)) {
      const title = `${plural}.${group}`;
      const listing: Listing = {
        title,
        group,
        version,
        plural,
        isClusterScoped: !namespaced,
        pageSize: 100,
        atMost: MOST_CUSTOM,
      };
      await this.#lister.each(listing, (object) => this.#add(kind, { ...specOf(object), kind }));
    }
  }

  #note(code: AuditFinding['code'], args: AuditFinding['args']): void {
    this.#notes.push({ code, args });
  }
}

/** The status of a custom resource is a record of what happened; a spec is what shall happen. */
function specOf(object: unknown): { readonly metadata: unknown; readonly spec: unknown } {
  const { metadata, spec } = record(object);
  return { metadata, spec };
}
