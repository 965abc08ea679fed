/** Kubernetes docs, "Image pull policy". */
export type PullPolicy = 'Always' | 'IfNotPresent' | 'Never';

/**
 * Why a reference is pulled. `container`, `volume`: the kubelet pulls it for a pod. `fetch`: kapp-controller fetches it.
 * `resolved`: kbld resolved its tag over the network when kapp-controller rendered the App. `named`: an object names it,
 * in a ConfigMap, an argument or a custom resource, and some controller or program will pull it.
 */
export type ImageReason = 'container' | 'volume' | 'fetch' | 'resolved' | 'named';

/** One use of an image in a cluster. */
export interface ImageUse {
  /** The original spelling. */
  readonly image: string;
  readonly reason: ImageReason;
  /** Empty for an object without namespace. */
  readonly namespace: string;
  /** `Deployment team/web`, or an object without namespace as `ClusterThing web`. */
  readonly object: string;
  /** The position in the object: `container app`, `data.config.yaml`. */
  readonly place: string;
  /** The App or Helm release that the object is part of: `App team/web`. */
  readonly partOf?: string;
  readonly pullPolicy?: PullPolicy;
  /** The pull secrets that the object names, in its namespace. Absent if nothing needs them, as for `named`. */
  readonly pullSecrets?: readonly string[];
  /** The ServiceAccount whose pull secrets are used if the object names none. */
  readonly serviceAccount?: string;
}

/** Longer lists of objects are cut: a report names some, and says how many there are. */
const MAX_USERS = 20;

/** Uses of one image that have the same consequences. */
export interface UseGroup extends Omit<ImageUse, 'object' | 'place' | 'partOf'> {
  /** What uses it, for display; at most 20. */
  readonly users: readonly string[];
  /** The number of further users. */
  readonly more: number;
}

interface Collected extends Omit<UseGroup, 'users' | 'more'> {
  readonly users: Set<string>;
  readonly hashes: Set<string>;
}

/** Collects uses in memory that grows with the number of different images and users, not with the number of pods. */
export class ImageUses {
  readonly #groups = new Map<string, Collected>();

  add({ object, place, partOf, ...rest }: ImageUse): void {
    const { image, reason, namespace, pullPolicy, pullSecrets, serviceAccount } = rest;
    const key = JSON.stringify([image, reason, pullSecrets && namespace, pullPolicy, pullSecrets, serviceAccount]);
    let group = this.#groups.get(key);
    if (group === undefined) {
      group = { ...rest, users: new Set(), hashes: new Set() };
      this.#groups.set(key, group);
    }
    const user = `${object}, ${place}${partOf === undefined ? '' : ` (${partOf})`}`;
    group.hashes.add(object);
    if (group.users.size < MAX_USERS) group.users.add(user);
  }

  groups(): UseGroup[] {
    return [...this.#groups.values()].map(({ users, hashes, ...rest }) => ({
      ...rest,
      users: [...users],
      more: Math.max(0, hashes.size - users.size),
    }));
  }

  /** The number of different references so far. */
  get size(): number {
    return this.#groups.size;
  }
}
