import { errorDocument, fillTemplate } from '../base/errors.ts';
import { formatCount } from '../base/format.ts';
import type { ClusterSession } from '../cluster/api.ts';
import { describeInstall } from '../packaging/describe-install.ts';
import { describeState } from '../packaging/describe-state.ts';
import type { Sentence, StateDescription } from '../packaging/describe-state.ts';
import { waitingOf } from '../packaging/install/waiting.ts';
import type { PackageInstall } from '../packaging/package-install.ts';
import type { PackageRepository } from '../packaging/package-repository.ts';
import { reconcileState } from '../packaging/reconcile-state.ts';
import type { Severity } from '../packaging/reconcile-state.ts';
import { remedyOf } from '../packaging/state-remedy.ts';
import { agentError } from './errors.ts';
import { Input, inputSchema, textSchema } from './input.ts';
import { outputSchema } from './tool.ts';
import type { AgentTool } from './tool.ts';

const KINDS = ['PackageRepository', 'PackageInstall'] as const;
/** The worst first. */
const SEVERITIES: readonly Severity[] = ['error', 'warning', 'busy', 'quiet', 'ok'];

/** The state of an object. */
interface ExplainedObject {
  readonly kind: (typeof KINDS)[number];
  readonly namespace: string;
  readonly name: string;
  readonly severity: Severity;
  readonly state: string;
  readonly details: readonly string[];
  /** The code of the failure in docs/troubleshooting.md. */
  readonly code?: string;
  /** What fixes it; see Remedy. */
  readonly remedy?: string;
}

export const explainStateTool: AgentTool = {
  name: 'explain_state',
  title: 'Explain the state of PackageRepositories and PackageInstalls',
  description:
    'Shows the PackageRepositories and PackageInstalls of a cluster, those with problems first, with what is wrong and how to fix it. With kind and name, one of them in more detail.',
  isReadOnly: true,
  inputSchema: inputSchema({
    context: textSchema('A context of the kubeconfig. Default: the current one'),
    namespace: textSchema('Default: all namespaces; with name, that of the context'),
    kind: { type: 'string', enum: [...KINDS], description: 'With name. Default: PackageRepository' },
    name: textSchema('The name of one object'),
  }),
  outputSchema: outputSchema(['States'], {
    context: { type: 'string' },
    objects: {
      type: 'array',
      items: {
        type: 'object',
        required: ['kind', 'namespace', 'name', 'severity', 'state', 'details'],
        properties: { severity: { type: 'string', enum: [...SEVERITIES] } },
      },
    },
    problems: { type: 'array', items: { type: 'object' } },
  }),
  async run(values, backend, { signal, progress }) {
    const input = new Input('explain_state', explainStateTool.inputSchema, values);
    const [namespace, name] = [input.text('namespace'), input.text('name')];
    const kind = input.oneOf('kind', KINDS, 'PackageRepository');
    const session = await backend.cluster(input.text('context'));
    progress('Asking the cluster', 0);
    const { context } = session;
    if (name !== undefined) {
      const address = { namespace: namespace ?? session.defaultNamespace, name };
      const explain = kind === 'PackageInstall' ? explainInstall : explainRepository;
      const object = await explain(session, address, signal);
      if (object === undefined) throw agentError('object-missing', { kind, context, ...address });
      return { summary: summaryOf([object]), document: { kind: 'States', context, objects: [object], problems: [] } };
    }
    const [repositories, installs] = await Promise.allSettled([
      session.packageRepositories(namespace, signal),
      session.packageInstalls(namespace, signal),
    ]);
    const failed = [repositories, installs].filter((each) => each.status === 'rejected');
    // Who may list only one kind sees that one.
    if (failed.length === 2 || signal.aborted) throw failed[0]?.reason;
    const found = repositories.status === 'fulfilled' ? repositories.value : [];
    const installed = installs.status === 'fulfilled' ? installs.value : [];
    const objects = [
      ...found.map((each) => repositoryState(each, found)),
      ...installed.map((each) => installState(each, { installs: installed })),
    ].sort((a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity));
    const problems = failed.map(({ reason }) => errorDocument(reason));
    return { summary: summaryOf(objects), document: { kind: 'States', context, objects, problems } };
  },
};

function summaryOf(objects: readonly ExplainedObject[]): string {
  const counts = SEVERITIES.map((severity) => [severity, objects.filter((each) => each.severity === severity).length]);
  const named = counts.filter(([, count]) => count !== 0).map(([severity, count]) => `${severity}: ${count}`);
  return `${formatCount(objects.length, 'object')}${named.length === 0 ? '' : ` (${named.join(', ')})`}.`;
}

async function explainRepository(
  session: ClusterSession,
  { namespace, name }: { readonly namespace: string; readonly name: string },
  signal: AbortSignal,
): Promise<ExplainedObject | undefined> {
  const stored = await session.getPackageRepository(namespace, name, signal);
  // If the user may not list repositories, the conditions of this object have to suffice.
  const all = await session.packageRepositories(undefined, signal).catch(() => []);
  return stored && repositoryState(stored.repository, all);
}

function repositoryState(repository: PackageRepository, all: readonly PackageRepository[]): ExplainedObject {
  const state = reconcileState(repository, Date.now(), all);
  const { namespace, name } = repository;
  const code = state.kind === 'failed' ? state.explanation?.code : undefined;
  const remedy = remedyOf(state);
  const words = inWords(describeState(state, clock));
  const more = { ...(code === undefined ? {} : { code }), ...(remedy === undefined ? {} : { remedy }) };
  return { kind: 'PackageRepository', namespace, name, severity: state.severity, ...words, ...more };
}

async function explainInstall(
  session: ClusterSession,
  address: { readonly namespace: string; readonly name: string },
  signal: AbortSignal,
): Promise<ExplainedObject | undefined> {
  const stored = await session.getPackageInstall(address, signal);
  if (stored === undefined) return undefined;
  const { namespace, refName, version, attempted } = stored.install;
  const wanted = attempted ?? version;
  // Both only explain more.
  const [details, offered] = await Promise.all([
    session.installDetails(address, signal).catch(() => undefined),
    refName === undefined || wanted === undefined
      ? undefined
      : session.packageDetails(namespace, { refName, version: wanted }, signal).catch(() => undefined),
  ]);
  return installState(stored.install, {
    installs: [stored.install],
    packages: offered === undefined ? [] : [offered.package],
    waiting: details === undefined ? [] : waitingOf(details),
  });
}

function installState(
  install: PackageInstall,
  around: Partial<Parameters<typeof describeInstall>[1]>,
): ExplainedObject {
  const surroundings = { packages: [], installs: [], facts: {}, ...around };
  const { severity, explanation, ...described } = describeInstall(install, surroundings, Date.now(), clock);
  const { namespace, name } = install;
  const code = explanation === undefined ? {} : { code: explanation.code };
  return { kind: 'PackageInstall', namespace, name, severity, ...inWords(described), ...code };
}

function inWords({ headline, lines }: StateDescription): Pick<ExplainedObject, 'state' | 'details'> {
  const english = ({ text, args = {} }: Sentence): string => fillTemplate(text, args);
  return { state: english(headline), details: lines.map(english) };
}

function clock(time: number): string {
  return new Date(time).toISOString();
}
