import { REAL_TIME } from '../base/timing.ts';
import type { Timing } from '../base/timing.ts';
import { ApiClient } from './api-client.ts';
import type { ClusterSession, ClusterSettings } from './api.ts';
import { applyRepository, getRepository } from './apply.ts';
import { changeInstall, deleteInstall, setFetchSecret } from './change-install.ts';
import { changeRepository, deleteRepository, setPullSecret } from './change-repository.ts';
import { checkAccess, checkCluster } from './check.ts';
import { controllerConfig, setCaCertificates } from './controller-config.ts';
import { clusterError } from './errors.ts';
import { clusterHealth } from './health.ts';
import { installDetails, installedResources } from './install-details.ts';
import {
  applyInstall,
  getInstall,
  installObjects,
  packageDetails,
  secretTexts,
  serviceAccounts,
  watchInstall,
} from './installs.ts';
import {
  applyCronJob,
  applyJobFile,
  createJob,
  deleteJob,
  deleteJobFile,
  getJob,
  suspendJob,
  watchJob,
} from './jobs.ts';
import type { ContextDetails } from './kubeconfig.ts';
import { deleteLeftovers } from './leftovers.ts';
import { listNamespaced } from './list.ts';
import { Login } from './login.ts';
import { createNamespace, listNamespaces } from './namespaces.ts';
import { listKinds, listPage } from './objects.ts';
import { INSTALL_RESOURCE, PACKAGE_RESOURCE, REPOSITORY_RESOURCE } from './resources.ts';
import type { NamedItem, Resource } from './resources.ts';
import { applyPullSecret, hasSecret, listSecrets } from './secrets.ts';
import { watchCluster } from './watch-cluster.ts';
import { watchApp, watchInstallDetails } from './watch-install-details.ts';
import { watchRepository } from './watch-repository.ts';

const TIMEOUT = 15_000;

/** A session with the cluster of one context; see ClusterSession. Reads and sends nothing before the first request. */
export function openSession(
  details: ContextDetails,
  settings: ClusterSettings,
  timing: Timing = REAL_TIME,
): ClusterSession {
  const { context, cluster } = details;
  const { server: serverUrl } = cluster;
  const { timeout = TIMEOUT } = settings;
  const login = new Login(details, settings, timeout);
  const client = new ApiClient(login, { context: context.name, serverUrl, timeout, timing });
  const closing = new AbortController();

  /** Runs `work` until it ends, the caller aborts or the session is closed. */
  const until = async <Result>(signal: AbortSignal, work: (ended: AbortSignal) => Promise<Result>): Promise<Result> => {
    const closed = closing.signal;
    try {
      const result = await work(AbortSignal.any([signal, closed]));
      if (!closed.aborted || signal.aborted) return result;
    } catch (error) {
      if (!closed.aborted || signal.aborted) throw error;
    }
    throw clusterError('closed', { context: context.name });
  };

  /** A function of a client, whose last argument is a signal, as a method of this session. */
  const method =
    <Args extends readonly unknown[], Result>(
      work: (client: ApiClient, ...args: [...Args, AbortSignal]) => Promise<Result>,
    ) =>
    (...args: [...Args, AbortSignal]): Promise<Result> => {
      const others = args.slice(0, -1) as unknown as Args;
      return until(args.at(-1) as AbortSignal, (ended) => work(client, ...others, ended));
    };

  const list =
    <Item extends NamedItem>(resource: Resource<Item>) =>
    (namespace: string | undefined, signal: AbortSignal): Promise<readonly Item[]> =>
      until(signal, (ended) => listNamespaced(client, resource, namespace, context.namespace, ended));

  return {
    context: context.name,
    serverUrl,
    defaultNamespace: context.namespace,
    check: method(checkCluster),
    watch: (onChange, signal, namespace) => {
      const where = { fallbackNamespace: context.namespace, ...(namespace !== undefined && { namespace }) };
      return watchCluster(client, where, onChange, timing, AbortSignal.any([signal, closing.signal]));
    },
    getPackageRepository: method(getRepository),
    applyPackageRepository: (document, options) =>
      until(options.signal, (signal) => applyRepository(client, document, context.namespace, { ...options, signal })),
    createNamespace: method(createNamespace),
    watchPackageRepository: (namespace, name, onState, signal) =>
      until(signal, (ended) => watchRepository(client, namespace, name, onState, timing, ended)),
    changePackageRepository: method(changeRepository),
    deletePackageRepository: method(deleteRepository),
    deleteLeftovers: method(deleteLeftovers),
    setPullSecret: method(setPullSecret),
    packageRepositories: list(REPOSITORY_RESOURCE),
    packageInstalls: list(INSTALL_RESOURCE),
    packages: list(PACKAGE_RESOURCE),
    packageDetails: method(packageDetails),
    getPackageInstall: method(getInstall),
    installObjects: (document, options) =>
      until(options.signal, (signal) => installObjects(client, document, context.namespace, { ...options, signal })),
    applyInstall: (document, options) =>
      until(options.signal, (signal) => applyInstall(client, document, context.namespace, { ...options, signal })),
    watchPackageInstall: (object, onSeen, signal) =>
      until(signal, (ended) => watchInstall(client, object, onSeen, timing, ended)),
    changePackageInstall: (object, change, signal) =>
      until(signal, (ended) => changeInstall(client, object, change, timing, ended)),
    deletePackageInstall: (object, options, signal) =>
      until(signal, (ended) => deleteInstall(client, object, options, timing, ended)),
    secretTexts: method(secretTexts),
    installedResources: method(installedResources),
    watchApp: (object, onSeen, signal) => until(signal, (ended) => watchApp(client, object, onSeen, timing, ended)),
    installDetails: method(installDetails),
    watchInstallDetails: (object, onSeen, signal) =>
      until(signal, (ended) => watchInstallDetails(client, object, onSeen, timing, ended)),
    setFetchSecret: method(setFetchSecret),
    serviceAccounts: method(serviceAccounts),
    getJob: method(getJob),
    createJob: method(createJob),
    deleteJob: (job, signal) => until(signal, (ended) => deleteJob(client, job, timing, ended)),
    suspendJob: method(suspendJob),
    applyCronJob: method(applyCronJob),
    applyJobFile: method(applyJobFile),
    deleteJobFile: method(deleteJobFile),
    watchJob: (job, onSeen, signal) => until(signal, (ended) => watchJob(client, job, onSeen, timing, ended)),
    kinds: method(listKinds),
    page: method(listPage),
    hasSecret: method(hasSecret),
    secrets: method(listSecrets),
    namespaces: method(listNamespaces),
    checkAccess: method(checkAccess),
    health: method(clusterHealth),
    applyPullSecret: (secret, { signal, force = false }) =>
      until(signal, (ended) => applyPullSecret(client, secret, force, ended)),
    controllerConfig: method(controllerConfig),
    setCaCertificates: method(setCaCertificates),
    close: () => {
      closing.abort();
      void login.close();
    },
  };
}
