import type { Package } from '../packaging/package.ts';
import type { PackageInstall } from '../packaging/package-install.ts';
import type { PackageRepository } from '../packaging/package-repository.ts';
import type { PullSecret } from '../packaging/pull-secret.ts';
import { checkAccess } from './access.ts';
import type {
  AccessQuestion,
  ClusterHealth,
  ControllerConfig,
  ObjectAddress,
  RepositoryChange,
  SecretName,
} from './actions-api.ts';
import { ApiClient } from './api-client.ts';
import type {
  ApplyOptions,
  ClusterCheck,
  ClusterSession,
  ClusterSettings,
  ClusterSnapshot,
  RepositoryObservation,
  StoredRepository,
} from './api.ts';
import { applyRepository, getRepository } from './apply.ts';
import { changeRepository, deleteRepository, setPullSecret } from './change-repository.ts';
import { checkCluster } from './check.ts';
import { controllerConfig, setCaCertificates } from './controller-config.ts';
import { clusterError } from './errors.ts';
import { clusterHealth } from './health.ts';
import type { ContextDetails } from './kubeconfig.ts';
import { deleteLeftovers } from './leftovers.ts';
import { listNamespaced } from './list.ts';
import { Login } from './login.ts';
import { createNamespace, listNamespaces } from './namespaces.ts';
import { applyPullSecret } from './pull-secret.ts';
import { listKinds, listPage } from './objects.ts';
import type { ObjectKind, ObjectList, ObjectPage } from './objects-api.ts';
import { hasSecret, listSecrets } from './secrets.ts';
import { INSTALL_RESOURCE, PACKAGE_RESOURCE, REPOSITORY_RESOURCE } from './resources.ts';
import type { NamedItem, Resource } from './resources.ts';
import { REAL_TIME } from './timing.ts';
import type { Timing } from './timing.ts';
import { watchCluster } from './watch-cluster.ts';
import { watchRepository } from './watch-repository.ts';

const TIMEOUT = 15_000;

/** A session with the cluster of one context; see ClusterSession. Reads and sends nothing before the first request. */
export class KubernetesSession implements ClusterSession {
  readonly context: string;
  readonly serverUrl: string;
  readonly defaultNamespace: string;
  readonly #client: ApiClient;
  readonly #login: Login;
  readonly #timing: Timing;
  readonly #closing = new AbortController();

  constructor(details: ContextDetails, settings: ClusterSettings, timing: Timing = REAL_TIME) {
    this.context = details.context.name;
    this.serverUrl = details.cluster.server;
    this.defaultNamespace = details.context.namespace;
    this.#timing = timing;
    const timeout = settings.timeout ?? TIMEOUT;
    this.#login = new Login(details, settings, timeout);
    this.#client = new ApiClient(this.#login, { context: this.context, serverUrl: this.serverUrl, timeout });
  }

  check(signal: AbortSignal): Promise<ClusterCheck> {
    return this.#until(signal, (ended) => checkCluster(this.#client, ended));
  }

  watch(onChange: (snapshot: ClusterSnapshot) => void, signal: AbortSignal, namespace?: string): Promise<void> {
    const ended = AbortSignal.any([signal, this.#closing.signal]);
    const where = { fallbackNamespace: this.defaultNamespace, ...(namespace !== undefined && { namespace }) };
    return watchCluster(this.#client, where, onChange, this.#timing, ended);
  }

  getPackageRepository(namespace: string, name: string, signal: AbortSignal): Promise<StoredRepository | undefined> {
    return this.#until(signal, (ended) => getRepository(this.#client, namespace, name, ended));
  }

  applyPackageRepository(document: string, options: ApplyOptions): Promise<StoredRepository> {
    return this.#until(options.signal, (signal) =>
      applyRepository(this.#client, document, this.defaultNamespace, { ...options, signal }),
    );
  }

  createNamespace(name: string, signal: AbortSignal): Promise<void> {
    return this.#until(signal, (ended) => createNamespace(this.#client, name, ended));
  }

  watchPackageRepository(
    namespace: string,
    name: string,
    onState: (observation: RepositoryObservation) => void,
    signal: AbortSignal,
  ): Promise<void> {
    return this.#until(signal, (ended) => watchRepository(this.#client, namespace, name, onState, this.#timing, ended));
  }

  changePackageRepository(object: ObjectAddress, change: RepositoryChange, signal: AbortSignal): Promise<void> {
    return this.#until(signal, (ended) => changeRepository(this.#client, object, change, ended));
  }

  deletePackageRepository(object: ObjectAddress, signal: AbortSignal): Promise<void> {
    return this.#until(signal, (ended) => deleteRepository(this.#client, object, ended));
  }

  deleteLeftovers(owner: ObjectAddress, signal: AbortSignal): Promise<number> {
    return this.#until(signal, (ended) => deleteLeftovers(this.#client, owner, ended));
  }

  setPullSecret(repository: ObjectAddress, secretName: string, signal: AbortSignal): Promise<void> {
    return this.#until(signal, (ended) => setPullSecret(this.#client, repository, secretName, ended));
  }

  packageRepositories(namespace: string | undefined, signal: AbortSignal): Promise<readonly PackageRepository[]> {
    return this.#list(REPOSITORY_RESOURCE, namespace, signal);
  }

  packageInstalls(namespace: string | undefined, signal: AbortSignal): Promise<readonly PackageInstall[]> {
    return this.#list(INSTALL_RESOURCE, namespace, signal);
  }

  packages(namespace: string, signal: AbortSignal): Promise<readonly Package[]> {
    return this.#list(PACKAGE_RESOURCE, namespace, signal);
  }

  kinds(signal: AbortSignal): Promise<readonly ObjectKind[]> {
    return this.#until(signal, (ended) => listKinds(this.#client, ended));
  }

  page(list: ObjectList, signal: AbortSignal): Promise<ObjectPage> {
    return this.#until(signal, (ended) => listPage(this.#client, list, ended));
  }

  hasSecret(namespace: string, name: string, signal: AbortSignal): Promise<boolean> {
    return this.#until(signal, (ended) => hasSecret(this.#client, namespace, name, ended));
  }

  secrets(namespace: string, signal: AbortSignal): Promise<readonly SecretName[]> {
    return this.#until(signal, (ended) => listSecrets(this.#client, namespace, ended));
  }

  namespaces(signal: AbortSignal): Promise<readonly string[]> {
    return this.#until(signal, (ended) => listNamespaces(this.#client, ended));
  }

  checkAccess(questions: readonly AccessQuestion[], signal: AbortSignal): Promise<readonly boolean[]> {
    return this.#until(signal, (ended) => checkAccess(this.#client, questions, ended));
  }

  health(signal: AbortSignal): Promise<ClusterHealth> {
    return this.#until(signal, (ended) => clusterHealth(this.#client, ended));
  }

  applyPullSecret(
    secret: PullSecret,
    { signal, force = false }: { signal: AbortSignal; force?: boolean },
  ): Promise<void> {
    return this.#until(signal, (ended) => applyPullSecret(this.#client, secret, force, ended));
  }

  controllerConfig(signal: AbortSignal): Promise<ControllerConfig> {
    return this.#until(signal, (ended) => controllerConfig(this.#client, ended));
  }

  setCaCertificates(config: ControllerConfig, pem: string, signal: AbortSignal): Promise<void> {
    return this.#until(signal, (ended) => setCaCertificates(this.#client, config, pem, ended));
  }

  close(): void {
    this.#closing.abort();
    void this.#login.close();
  }

  #list<Item extends NamedItem>(
    resource: Resource<Item>,
    namespace: string | undefined,
    signal: AbortSignal,
  ): Promise<readonly Item[]> {
    return this.#until(signal, (ended) =>
      listNamespaced(this.#client, resource, namespace, this.defaultNamespace, ended),
    );
  }

  /** Runs `work` until it ends, the caller aborts or the session is closed. */
  async #until<Result>(signal: AbortSignal, work: (ended: AbortSignal) => Promise<Result>): Promise<Result> {
    const closed = this.#closing.signal;
    try {
      const result = await work(AbortSignal.any([signal, closed]));
      if (!closed.aborted || signal.aborted) return result;
    } catch (error) {
      if (!closed.aborted || signal.aborted) throw error;
    }
    throw clusterError('closed', { context: this.context });
  }
}
