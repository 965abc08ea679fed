import { createRequire } from 'node:module';

import type { ClusterRoom } from '../../cluster/api.ts';

/** Loads the cluster room's bundle when it is first used: it is large, and many windows never open a cluster. */
export class LazyClusterRoom {
  readonly #modulePath: string;
  #room: ClusterRoom | undefined;

  /** @param modulePath dist/cluster.cjs */
  constructor(modulePath: string) {
    this.#modulePath = modulePath;
  }

  get(): ClusterRoom {
    this.#room ??= createRequire(this.#modulePath)(this.#modulePath) as ClusterRoom;
    return this.#room;
  }
}
