import { array, defined, record, text, textMap, time, wholeNumber } from '../../base/json.ts';
import { parseReconcileStatus } from '../reconcile-status.ts';
import type { ReconcileStatus } from '../reconcile-status.ts';
import { parseYamlValue } from '../yaml-text.ts';

/** The App of a PackageInstall: what kapp-controller did, and what belongs to it. */
export interface InstalledApp {
  readonly status?: ReconcileStatus;
  /** Selects everything that it deployed; absent before the first deploy, and before kapp-controller v0.44. */
  readonly label?: string;
  readonly namespaces: readonly string[];
  readonly groupKinds: readonly { readonly group: string; readonly kind: string }[];
}

/** Parses an App of kappctrl.k14s.io/v1alpha1 (pkg/apis/kappctrl/v1alpha1/status.go). */
export function parseApp(value: unknown): InstalledApp {
  const { status } = record(value);
  const associated = record(record(record(record(status)['deploy'])['kapp'])['associatedResources']);
  return {
    ...defined({ status: parseReconcileStatus(status), label: text(associated['label']) }),
    namespaces: array(associated['namespaces']).filter((each) => typeof each === 'string'),
    groupKinds: array(associated['groupKinds']).flatMap((each) => {
      const kind = text(record(each)['kind']);
      return kind === undefined ? [] : [{ group: text(record(each)['group']) ?? '', kind }];
    }),
  };
}

/** An object that a PackageInstall deployed. Texts are untrusted. */
export interface InstalledObject {
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
  /** Ready replicas of a workload, such as `1/2`. */
  readonly ready?: string;
  /** Original references of its images, by the references that are deployed (kbld). */
  readonly origins: Readonly<Record<string, string>>;
}

export function parseInstalledObject(value: unknown, kind: string): InstalledObject | undefined {
  const object = record(value);
  const metadata = record(object['metadata']);
  const name = text(metadata['name']);
  if (name === undefined) return undefined;
  const replicas = wholeNumber(record(object['spec'])['replicas']);
  const ready = wholeNumber(record(object['status'])['readyReplicas']) ?? 0;
  return {
    kind,
    name,
    origins: originsOf(textMap(metadata['annotations'])['kbld.k14s.io/images']),
    ...defined({
      namespace: text(metadata['namespace']),
      ready: replicas === undefined ? undefined : `${ready}/${replicas}`,
    }),
  };
}

/** kbld records where each image of an object comes from. */
function originsOf(annotation: string | undefined): Readonly<Record<string, string>> {
  const entries = array(annotation === undefined ? [] : parseYamlValue(annotation)).flatMap((each) => {
    const { url, origins } = record(each);
    const original = array(origins)
      .map(record)
      .flatMap((origin) => text(record(origin['preresolved'])['url']) ?? text(record(origin['resolved'])['url']) ?? []);
    const [first] = original.filter((origin) => origin !== url);
    const image = text(url);
    return image === undefined || first === undefined ? [] : [[image, first] as const];
  });
  return Object.fromEntries(entries);
}

/** A pod, as far as it is shown. Texts are untrusted. */
export interface InstalledPod {
  readonly namespace: string;
  readonly name: string;
  /** As `kubectl get pods` shows it: the phase, or why a container does not run. */
  readonly state: string;
  readonly node?: string;
  /** Why no node runs it, such as `Unschedulable: …`. */
  readonly problem?: string;
  readonly containers: readonly PodContainer[];
  /** Newest first. */
  readonly events: readonly PodEvent[];
}

export interface PodContainer {
  readonly name: string;
  readonly image: string;
  /** What the node runs, with its digest; absent until it is pulled. */
  readonly imageId?: string;
  readonly ready: boolean;
  readonly restarts: number;
  /** Why it does not run, such as `ImagePullBackOff: …`. */
  readonly problem?: string;
}

export interface PodEvent {
  /** Milliseconds since the epoch. */
  readonly at?: number;
  readonly type: string;
  readonly reason: string;
  readonly message: string;
}

export function parsePod(value: unknown, events: readonly unknown[]): InstalledPod | undefined {
  const object = record(value);
  const metadata = record(object['metadata']);
  const [name, namespace] = [text(metadata['name']), text(metadata['namespace'])];
  if (name === undefined || namespace === undefined) return undefined;
  const [spec, status] = [record(object['spec']), record(object['status'])];
  const statuses = [...array(status['initContainerStatuses']), ...array(status['containerStatuses'])].map(record);
  const containers = [...array(spec['initContainers']), ...array(spec['containers'])].map(record).map((each) => {
    const own = statuses.find((other) => other['name'] === each['name']) ?? {};
    return {
      name: text(each['name']) ?? '',
      image: text(each['image']) ?? '',
      ready: own['ready'] === true,
      restarts: wholeNumber(own['restartCount']) ?? 0,
      ...defined({ imageId: text(own['imageID']), problem: problemOf(record(own['state'])) }),
    };
  });
  const unscheduled = array(status['conditions'])
    .map(record)
    .find(({ type, status: state }) => type === 'PodScheduled' && state === 'False');
  const problem = unscheduled && reasonText(unscheduled);
  const reason = (containers.find((each) => each.problem !== undefined)?.problem ?? problem)?.split(':')[0];
  const phase = text(status['phase']) ?? 'Unknown';
  return {
    namespace,
    name,
    state: metadata['deletionTimestamp'] === undefined ? (reason ?? text(status['reason']) ?? phase) : 'Terminating',
    containers,
    events: events.map(parseEvent).toSorted((a, b) => (b.at ?? 0) - (a.at ?? 0)),
    ...defined({ node: text(spec['nodeName']), problem }),
  };
}

function problemOf(state: Readonly<Record<string, unknown>>): string | undefined {
  const [waiting, terminated] = [record(state['waiting']), record(state['terminated'])];
  const problem = reasonText(waiting) ?? reasonText(terminated);
  return problem === undefined || /^(?:Completed|ContainerCreating|PodInitializing)\b/.test(problem)
    ? undefined
    : problem;
}

function reasonText(value: Readonly<Record<string, unknown>>): string | undefined {
  const [reason, message] = [text(value['reason']), text(value['message'])];
  return message === undefined || reason === undefined ? reason : `${reason}: ${message}`;
}

function parseEvent(value: unknown): PodEvent {
  const event = record(value);
  return {
    type: text(event['type']) ?? '',
    reason: text(event['reason']) ?? '',
    message: text(event['message']) ?? '',
    ...defined({ at: time(event['lastTimestamp']) ?? time(event['eventTime']) ?? time(event['firstTimestamp']) }),
  };
}
