import { array, record, text, textMap } from '../../base/json.ts';
import type { JsonRecord } from '../../base/json.ts';
import { tryParseReference } from '../../oci/reference.ts';
import { parseYamlValue } from '../../packaging/yaml-text.ts';
import { findReferences } from '../workload/scan.ts';
import type { ImageUse } from './image-use.ts';
import { nestedPodImages, podImages, runsPods } from './pod-images.ts';
import type { UsingObject } from './pod-images.ts';

/** What a scan of objects knows about the rest of the cluster. */
export interface ScanContext {
  /** Registries that count as inside, so that any reference to them in a text counts. */
  readonly registries: ReadonlySet<string>;
  /** The names of Apps by the value of kapp's label. */
  readonly apps: ReadonlyMap<string, string>;
}

export interface ObjectImages {
  readonly uses: readonly ImageUse[];
  /** Texts that were too long to search. */
  readonly tooLong: readonly string[];
}

const NOTHING: ObjectImages = { uses: [], tooLong: [] };
/** kapp's label on every object of an App (kapp docs, "Apply"). */
export const KAPP_LABEL = 'kapp.k14s.io/app';
/** kbld's record of how it resolved each image (kbld docs, "Resolving images"). */
const KBLD_ANNOTATION = 'kbld.k14s.io/images';
/** The image of a container or volume, which is found as such. */
const POD_IMAGE = /\.(?:(?:containers|initContainers|ephemeralContainers)\.\d+\.image|volumes\.\d+\.image\.reference)$/;

/**
 * Finds every image that an object makes the cluster pull.
 * @param kind the object's kind; lists of one kind omit it from their items
 */
export function objectImages(kind: string, value: unknown, context: ScanContext): ObjectImages {
  const object = record(value);
  const metadata = record(object['metadata']);
  const name = text(metadata['name']) ?? '';
  const namespace = text(metadata['namespace']) ?? '';
  if (isFinished(kind, object) || isOwnRecord(kind, metadata)) return NOTHING;
  const owner = ownerOf(metadata);
  // The template of the owner is audited; its pods only show what admission has changed.
  if (owner !== undefined && kind !== 'Pod' && runsPods(owner.kind)) return NOTHING;
  // Operators keep old ReplicaSets for a rollback, as a Deployment does.
  if (owner !== undefined && kind === 'ReplicaSet' && record(object['spec'])['replicas'] === 0) return NOTHING;
  const isOwned = owner !== undefined && runsPods(owner.kind);
  const title = isOwned ? topOwner(owner, metadata, namespace) : titleOf(kind, namespace, name);
  const partOf = partOfWhat(metadata, context);
  const user: UsingObject = { namespace, object: title, ...(partOf === undefined ? {} : { partOf }) };
  const pods = runsPods(kind) ? podImages(kind, object, user) : nestedPodImages(object['spec'], user);
  if (isOwned) return { uses: pods, tooLong: [] };
  const { uses, tooLong } = named(kind, object, user, context);
  return { uses: [...pods, ...resolvedByKbld(metadata, user), ...uses], tooLong };
}

/** References outside of containers: in arguments, environment variables, ConfigMaps, annotations, custom resources. */
function named(kind: string, object: JsonRecord, user: UsingObject, { registries }: ScanContext): ObjectImages {
  const found = findReferences({ ...object, kind, status: undefined }, '', { registries, ids: new Set() }, true);
  const uses = found.references
    .map(({ reference, place }) => ({ reference, place: place.replace(/^, /, '') }))
    // A policy, for example, names patterns of images.
    .filter(({ place, reference }) => !POD_IMAGE.test(`.${place}`) && tryParseReference(reference) !== undefined)
    .map(({ reference, place }): ImageUse => ({ ...user, image: reference, reason: 'named', place }));
  return { uses, tooLong: found.tooLong.map((place) => `${user.object}${place}`) };
}

/** The tags that kbld resolved over the network when the App was rendered, which it does again at each reconcile. */
function resolvedByKbld({ annotations }: JsonRecord, user: UsingObject): ImageUse[] {
  const source = textMap(annotations)[KBLD_ANNOTATION];
  if (source === undefined || source.length > 1024 * 1024) return [];
  return array(parseYamlValue(source)).flatMap((entry) =>
    array(record(entry)['origins']).flatMap((origin): ImageUse[] => {
      const { tag, url } = record(record(origin)['resolved']);
      const image = text(url);
      if (image === undefined) return [];
      const named = /[:@][^/]*$/.test(image) || text(tag) === undefined ? image : `${image}:${text(tag)}`;
      return [{ ...user, image: named, reason: 'resolved', place: 'kbld' }];
    }),
  );
}

/** A pod or Job that has ended pulls nothing any more. */
function isFinished(kind: string, object: JsonRecord): boolean {
  const status = record(object['status']);
  if (kind === 'Pod') return status['phase'] === 'Succeeded' || status['phase'] === 'Failed';
  if (kind !== 'Job') return false;
  return array(status['conditions'])
    .map(record)
    .some(({ type, status: is }) => (type === 'Complete' || type === 'Failed') && is === 'True');
}

/** Records of kapp and Helm about what they deployed, which nothing is pulled from. */
function isOwnRecord(kind: string, metadata: JsonRecord): boolean {
  if (kind !== 'ConfigMap' && kind !== 'Secret') return false;
  const labels = textMap(metadata['labels']);
  return 'kapp.k14s.io/is-app' in labels || 'kapp.k14s.io/is-app-change' in labels || labels['owner'] === 'helm';
}

function ownerOf(metadata: JsonRecord): { readonly kind: string; readonly name: string } | undefined {
  const controller = array(metadata['ownerReferences'])
    .map(record)
    .find((each) => each['controller'] === true);
  const kind = text(controller?.['kind']);
  return kind === undefined ? undefined : { kind, name: text(controller?.['name']) ?? '' };
}

/** A Deployment names its ReplicaSets after itself and the hash of the template, which is also a label of the pods. */
function topOwner(owner: { kind: string; name: string }, metadata: JsonRecord, namespace: string): string {
  const hash = textMap(metadata['labels'])['pod-template-hash'];
  const isOfDeployment = owner.kind === 'ReplicaSet' && hash !== undefined && owner.name.endsWith(`-${hash}`);
  return isOfDeployment
    ? titleOf('Deployment', namespace, owner.name.slice(0, -hash.length - 1))
    : titleOf(owner.kind, namespace, owner.name);
}

export function titleOf(kind: string, namespace: string, name: string): string {
  return `${kind} ${namespace === '' ? '' : `${namespace}/`}${name}`;
}

function partOfWhat(metadata: JsonRecord, { apps }: ScanContext): string | undefined {
  const app = textMap(metadata['labels'])[KAPP_LABEL];
  const known = app === undefined ? undefined : apps.get(app);
  if (known !== undefined) return known;
  const annotations = textMap(metadata['annotations']);
  const release = annotations['meta.helm.sh/release-name'];
  return release === undefined
    ? undefined
    : titleOf('Helm release', annotations['meta.helm.sh/release-namespace'] ?? '', release);
}
