import { array, defined, isRecord, record, text } from '../../base/json.ts';
import type { JsonRecord } from '../../base/json.ts';
import type { ImageUse, PullPolicy } from './image-use.ts';

/** Where each kind that runs pods keeps the pod's spec. */
const SPEC_PATHS: Readonly<Record<string, readonly string[]>> = {
  Pod: ['spec'],
  CronJob: ['spec', 'jobTemplate', 'spec', 'template', 'spec'],
  Deployment: ['spec', 'template', 'spec'],
  StatefulSet: ['spec', 'template', 'spec'],
  DaemonSet: ['spec', 'template', 'spec'],
  ReplicaSet: ['spec', 'template', 'spec'],
  ReplicationController: ['spec', 'template', 'spec'],
  Job: ['spec', 'template', 'spec'],
};

/** The kinds of Kubernetes itself that run pods. */
export function runsPods(kind: string): boolean {
  return Object.hasOwn(SPEC_PATHS, kind);
}

/** The fields of a use that come from the object. */
export type UsingObject = Pick<ImageUse, 'namespace' | 'object' | 'partOf'>;

/** The images that the kubelet pulls for the pods of an object of one of these kinds. */
export function podImages(kind: string, object: unknown, user: UsingObject): ImageUse[] {
  const path = SPEC_PATHS[kind] ?? [];
  const spec = path.reduce<unknown>((value, key) => record(value)[key], object);
  return specImages(record(spec), user, kind === 'Pod');
}

/** Finds the specs of pods in an object of an unknown kind, at any depth, as in an operator's custom resource. */
export function nestedPodImages(value: unknown, user: UsingObject): ImageUse[] {
  if (Array.isArray(value)) return value.flatMap((inner: unknown) => nestedPodImages(inner, user));
  if (!isRecord(value)) return [];
  if (isPodSpec(value)) return specImages(value, user, false);
  return Object.values(value).flatMap((inner) => nestedPodImages(inner, user));
}

function isPodSpec({ containers }: JsonRecord): boolean {
  const list = array(containers).map(record);
  return (
    list.length > 0 &&
    list.every((each) => text(each['name']) !== undefined) &&
    list.some((each) => text(each['image']))
  );
}

/** @param isPod in a stored Pod, admission has already added the pull secrets of its ServiceAccount */
function specImages(spec: JsonRecord, user: UsingObject, isPod: boolean): ImageUse[] {
  const secrets = array(spec['imagePullSecrets']).map((each) => text(record(each)['name']));
  const pullSecrets = secrets.filter((name) => name !== undefined);
  const account = isPod ? undefined : (text(spec['serviceAccountName']) ?? text(spec['serviceAccount']) ?? 'default');
  const pull = { ...user, pullSecrets, ...defined({ serviceAccount: account }) };
  const titles = {
    initContainers: 'init container',
    containers: 'container',
    ephemeralContainers: 'ephemeral container',
  };
  const ofContainers = Object.entries(titles).flatMap(([key, title]) =>
    array(spec[key])
      .map(record)
      .flatMap(({ name, image, imagePullPolicy }): ImageUse[] => {
        const own = text(image);
        if (own === undefined) return [];
        const place = `${title} ${text(name) ?? ''}`.trim();
        return [{ ...pull, image: own, reason: 'container', place, pullPolicy: policyOf(imagePullPolicy, own) }];
      }),
  );
  const ofVolumes = array(spec['volumes'])
    .map(record)
    .flatMap((volume): ImageUse[] => {
      const { reference, pullPolicy } = record(volume['image']);
      const own = text(reference);
      if (own === undefined) return [];
      const place = `volume ${text(volume['name']) ?? ''}`.trim();
      return [{ ...pull, image: own, reason: 'volume', place, pullPolicy: policyOf(pullPolicy, own) }];
    });
  return [...ofContainers, ...ofVolumes];
}

/** A missing policy has the API's default. */
function policyOf(value: unknown, image: string): PullPolicy {
  if (value === 'Always' || value === 'IfNotPresent' || value === 'Never') return value;
  const hasTag = /:[^/@]+$/.test(image) && !image.endsWith(':latest');
  return hasTag || image.includes('@') ? 'IfNotPresent' : 'Always';
}
