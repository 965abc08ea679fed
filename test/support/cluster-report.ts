// What a failed test of a cluster prints, so that a failure on another machine can be understood: in short, the objects
// that are not reconciled, and the end of kapp-controller's log.
import type { Cluster } from './cluster.ts';
import type { KappController } from './kapp-controller.ts';
import type { KubeObject } from './kube-client.ts';

const COLLECTIONS = [
  '/apis/packaging.carvel.dev/v1alpha1/packagerepositories',
  '/apis/packaging.carvel.dev/v1alpha1/packageinstalls',
  '/apis/kappctrl.k14s.io/v1alpha1/apps',
];
const MOST_OBJECTS = 8;
const MOST_LOG_LINES = 14;
const MOST_FRAMES = 6;
const MOST_CHARACTERS = 280;

interface Status {
  readonly observedGeneration?: number;
  readonly conditions?: readonly { readonly type: string; readonly message?: string }[];
  readonly friendlyDescription?: string;
  readonly usefulErrorMessage?: string;
  readonly phase?: string;
  readonly containerStatuses?: readonly { readonly state?: Record<string, { reason?: string; message?: string }> }[];
}

/**
 * Undefined parts have not been started, or are stopped.
 *
 * @param isLate the test waited in vain: kapp-controller may hang, so it is restarted for the tests that follow, and
 *   what it was doing is reported
 */
export async function clusterReport(
  isLate: boolean,
  cluster?: Cluster,
  kappController?: KappController,
): Promise<string> {
  const parts = await Promise.all([
    ...COLLECTIONS.map((path) => objectsOf(cluster, path, unreconciled)),
    ...(cluster?.local?.node ? [objectsOf(cluster, '/api/v1/pods', notRunning)] : []),
  ]);
  const state = kappController?.state() ?? 'was not started, or is stopped';
  const log = (await kappController?.log().catch(() => '')) ?? '';
  const stacks = isLate && kappController && state.startsWith('runs') ? await stacksOf(kappController, log.length) : [];
  return [...parts.flat().slice(0, MOST_OBJECTS), `kapp-controller ${state}`, ...stacks, ...logLines(log)]
    .map((line) => `  | ${line.replaceAll(/\s+/g, ' ').trim().slice(0, MOST_CHARACTERS)}`)
    .join('\n');
}

async function objectsOf(
  cluster: Cluster | undefined,
  path: string,
  describe: (object: KubeObject) => string | undefined,
): Promise<string[]> {
  if (cluster === undefined) return [];
  try {
    const { items } = await cluster.client.get<{ items: readonly KubeObject[] }>(path);
    return items.map(describe).filter((line) => line !== undefined);
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)];
  }
}

function unreconciled({ kind, metadata, status }: KubeObject): string | undefined {
  const { observedGeneration, conditions, friendlyDescription, usefulErrorMessage } = (status ?? {}) as Status;
  const condition = conditions?.at(-1);
  const { generation, deletionTimestamp } = metadata;
  if (condition?.type === 'ReconcileSucceeded' && observedGeneration === generation && !deletionTimestamp)
    return undefined;
  const state = [
    condition?.type ?? 'no condition',
    `generation ${generation as number}, observed ${observedGeneration ?? 'none'}`,
    ...(deletionTimestamp ? ['being deleted'] : []),
  ].join(', ');
  return `${kind} ${metadata.namespace}/${metadata.name}: ${state}: ${usefulErrorMessage ?? condition?.message ?? friendlyDescription ?? ''}`;
}

function notRunning({ metadata, status }: KubeObject): string | undefined {
  const { phase, containerStatuses = [] } = (status ?? {}) as Status;
  const states = containerStatuses.map(({ state = {} }) => JSON.stringify(state));
  if (phase === 'Succeeded' || (phase === 'Running' && states.every((state) => state.includes('running'))))
    return undefined;
  return `Pod ${metadata.namespace}/${metadata.name}: ${phase} ${states.join(' ')}`;
}

/** What the goroutines that reconcile something wait for. */
async function stacksOf(kappController: KappController, from: number): Promise<string[]> {
  try {
    await kappController.restart('SIGQUIT');
    const goroutines = (await kappController.log()).slice(from).split('\n\n');
    return goroutines.flatMap((stack) => {
      const [head = '', ...lines] = stack.split('\n');
      if (!head.startsWith('goroutine ') || !stack.includes(').Reconcile(')) return [];
      const frames = lines.filter((line) => /^(?:carvel|k8s|net|os|sigs)[\w./]*/.test(line));
      return `${head} ${frames
        .slice(0, MOST_FRAMES)
        .map((frame) => frame.replace(/\((?:0x|\{0x).*|^carvel.dev\/kapp-controller\/pkg\//g, ''))
        .join(' < ')}`;
    });
  } catch (error) {
    return [`kapp-controller could not be restarted: ${error instanceof Error ? error.message : String(error)}`];
  }
}

/** What it died of, if it did, and its last lines. */
function logLines(log: string): string[] {
  const lines = log.split('\n');
  const deaths = lines.filter((line) => /^(?:fatal error|panic|runtime error): /.test(line));
  const shown = lines.flatMap((line) => shortLine(line) ?? []);
  return [...new Set(deaths)].concat(shown.slice(-MOST_LOG_LINES));
}

/** `12:00:07 pkgr Updating status team/packages marking fetch completed`; undefined for noise and stacks. */
function shortLine(line: string): string | undefined {
  if (line.startsWith('[bench] ')) return line;
  if (!line.startsWith('{')) return undefined;
  try {
    const { ts, logger, msg, request, desc, error } = JSON.parse(line) as Record<string, string> & {
      request?: { namespace?: string; name?: string };
    };
    if (/^Starting (?:EventSource|Controller|workers)/.test(msg ?? '')) return undefined;
    const object = request === undefined ? undefined : `${request.namespace}/${request.name}`;
    const place = logger?.split('.').at(-1);
    return [ts?.slice(11, 19), place, msg?.trim(), object, desc, error].filter((part) => part !== undefined).join(' ');
  } catch {
    return line;
  }
}
