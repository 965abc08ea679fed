import { auditCluster } from '../../audit/cluster/cluster-audit.ts';
import type { ClusterAuditProgress } from '../../audit/cluster/cluster-audit.ts';
import { auditReady, findPackage } from '../../audit/cluster/ready.ts';
import type { AuditReport } from '../../audit/report.ts';
import type { ClusterSession } from '../../cluster/api.ts';
import { anonymous } from '../../oci/auth/credentials.ts';
import { proxyFor, proxyFromEnvironment } from '../../oci/network.ts';
import { createRegistries } from '../../oci/registries.ts';
import type { Registries } from '../../oci/registries.ts';
import { openPolicy } from '../../trust/verify-image.ts';
import type { RefusalOf } from '../../trust/verify-image.ts';
import { refuseArguments } from '../command.ts';
import type { CommandContext } from '../command.ts';
import { connectionOf } from '../connection.ts';
import { cliCredentials } from '../credentials.ts';
import { cliError } from '../errors.ts';
import type { FlagGroup, FlagValues } from '../flags/flag.ts';
import { auditDocument, clusterAuditDocument } from '../../audit/report-document.ts';
import { auditText, clusterAuditText } from './audit-text.ts';
import { requiredYtt } from './required-ytt.ts';

export const CLUSTER_FLAGS: FlagGroup = {
  title: 'Cluster',
  flags: [
    { name: 'context', kind: 'text', value: 'NAME', help: 'Audit the cluster of this context of the kubeconfig' },
    {
      name: 'namespace',
      short: 'n',
      kind: 'text',
      value: 'NAME',
      help: 'Audit only this namespace; with --package or a reference: where it would be installed (default: that of the context)',
    },
    {
      name: 'kubeconfig',
      kind: 'list',
      value: 'FILE',
      help: 'Read this kubeconfig (default: $KUBECONFIG, or ~/.kube/config); can be repeated',
    },
    {
      name: 'package',
      kind: 'text',
      value: 'NAME[@VERSION]',
      help: 'Audit a Package that the cluster offers, as if it were installed (default version: the highest)',
    },
  ],
};

/** @throws trust.policy-unreadable, trust.policy-invalid */
export async function policyOf(values: FlagValues, registries: Registries): Promise<RefusalOf | undefined> {
  const path = values.text('policy');
  return path === undefined ? undefined : openPolicy(registries, path);
}

/** For `--strict`: whether everything was checked, and nothing has to be warned of. */
export function isAllGood({ isComplete, images }: AuditReport): boolean {
  return isComplete && !images.some(({ finding }) => finding?.code === 'not-admitted');
}

/** Whether the flags are about a cluster; without --context, it is the current one. */
export function isAboutCluster(values: FlagValues): boolean {
  return (
    ['context', 'namespace', 'package'].some((name) => values.text(name) !== undefined) ||
    values.list('kubeconfig').length > 0
  );
}

/**
 * `audit --context`.
 * @param hosts the hosts of registries by the names that the cluster has for them
 */
export async function runClusterAudit(context: CommandContext, hosts: ReadonlyMap<string, string>): Promise<0 | 1> {
  const { values, rest, environment, console } = context;
  refuseArguments('audit', rest, 1);
  const session = await openSession(values, environment, values.text('context'), () =>
    cliError('missing-argument', {
      command: 'audit',
      what: '--context',
      usage: 'kubectl config get-contexts lists the contexts.',
    }),
  );
  const connection = await connectionOf(values, environment);
  const credentials = cliCredentials(values, environment, (text) => console.warn(text));
  const registries = createRegistries(connection, credentials, 'destination');
  const withoutCredentials = createRegistries(connection, anonymous, 'destination');
  try {
    return await new ClusterAudit({ context, hosts, session, registries, withoutCredentials }).run();
  } finally {
    session.close();
    await Promise.all([registries.close(), withoutCredentials.close()]);
  }
}

interface ClusterAuditParts {
  readonly context: CommandContext;
  readonly hosts: ReadonlyMap<string, string>;
  readonly session: ClusterSession;
  readonly registries: Registries;
  readonly withoutCredentials: Registries;
}

class ClusterAudit {
  readonly #parts: ClusterAuditParts;

  constructor(parts: ClusterAuditParts) {
    this.#parts = parts;
  }

  async run(): Promise<0 | 1> {
    const { values, rest, console } = this.#parts.context;
    const [reference] = rest;
    const name = values.text('package');
    if (name !== undefined && reference !== undefined) {
      throw cliError('extra-arguments', { command: 'audit --package', arguments: reference });
    }
    const isOfCluster = name === undefined && reference === undefined;
    const report = isOfCluster ? await this.#cluster() : await this.#ready(name, reference ?? '');
    const isAssumed = reference !== undefined && this.#inside().length === 0;
    if (console.mode === 'document')
      console.document(isOfCluster ? clusterAuditDocument(report) : auditDocument([report], isAssumed));
    const columns = values.list('column');
    console.result(isOfCluster ? clusterAuditText(report, columns) : auditText(report, columns, isAssumed));
    return report.isInside && (isAllGood(report) || values.boolean('strict') !== true) ? 0 : 1;
  }

  async #cluster(): Promise<AuditReport> {
    const { session, registries, withoutCredentials, context } = this.#parts;
    const namespace = context.values.text('namespace');
    return auditCluster({
      cluster: session,
      registries,
      anonymous: withoutCredentials,
      inside: this.#inside(),
      reach: (registry) => this.#parts.hosts.get(registry) ?? registry,
      ...(namespace === undefined ? {} : { namespace }),
      refusalOf: await policyOf(context.values, registries),
      signal: context.signal,
      onProgress: (progress) => context.console.progress(progressText(progress)),
    });
  }

  /** Whether a Package or a bundle can be installed. */
  async #ready(name: string | undefined, reference: string): Promise<AuditReport> {
    const { session, registries, withoutCredentials, context, hosts } = this.#parts;
    const { values, environment, signal, console } = context;
    const namespace = values.text('namespace') ?? session.defaultNamespace;
    const reach = (registry: string): string => hosts.get(registry) ?? registry;
    const ytt = values.boolean('render') === true ? { ytt: await requiredYtt(environment) } : {};
    const options = {
      cluster: session,
      namespace,
      registries,
      anonymous: withoutCredentials,
      inside: this.#inside(),
      reach,
      signal,
      refusalOf: await policyOf(values, registries),
      ...ytt,
      onProgress: ({ imagesDone, imagesTotal }: { imagesDone: number; imagesTotal: number }) =>
        console.progress(`images ${imagesDone}/${imagesTotal}`),
    };
    if (name === undefined) return auditReady({ kind: 'bundle', reference }, options);
    const [refName = '', version] = name.split('@');
    const wanted = { refName, namespace, ...(version === undefined ? {} : { version }) };
    const found = await findPackage(session, wanted, signal);
    const title = `${found.refName} ${found.version}`;
    return auditReady({ kind: 'package', name: title, template: found.template }, options);
  }

  /** The registries that the caller names, by the names that the cluster has for them. */
  #inside(): readonly string[] {
    const inside = this.#parts.context.values.list('inside');
    return inside.length > 0 ? inside : [...this.#parts.hosts.keys()];
  }
}

/**
 * Opens a session with the cluster of a context, by default of the current one.
 * @param noContext creates the error if there is none
 */
export async function openSession(
  values: FlagValues,
  environment: NodeJS.ProcessEnv,
  context: string | undefined,
  noContext: () => Error,
): Promise<ClusterSession> {
  // The other commands do not need this code.
  const { loadKubeconfig, openCluster } = await import('../../cluster/main.ts');
  const files = values.list('kubeconfig');
  const kubeconfig = await loadKubeconfig({ environment, ...(files.length === 0 ? {} : { files }) });
  const name = context ?? kubeconfig.currentContext;
  const [problem] = kubeconfig.problems;
  if (!kubeconfig.contexts.some((each) => each.name === name) && problem !== undefined) throw problem;
  if (name === undefined) throw noContext();
  const proxy = proxyFromEnvironment(environment);
  return openCluster(kubeconfig, name, {
    allowExec: true,
    proxyFor: (serverUrl) => proxyFor(new URL(serverUrl), proxy)?.url.href,
  });
}

function progressText(progress: ClusterAuditProgress): string {
  return progress.step === 'list'
    ? `reading ${progress.what} (${progress.objects} objects)`
    : `images ${progress.imagesDone}/${progress.imagesTotal}`;
}
