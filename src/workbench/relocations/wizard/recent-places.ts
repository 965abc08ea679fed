import type { Memento } from 'vscode';

import { parsePlace } from '../list/record-lines.ts';
import type { ClusterPlace } from '../../../jobs/cluster-engine.ts';

const KEY = 'recentClusterPlaces';
const MAX_RECENT = 5;

/** Where relocations ran in clusters, newest first. */
export class RecentPlaces {
  readonly #state: Memento;

  constructor(state: Memento) {
    this.#state = state;
  }

  all(): readonly ClusterPlace[] {
    const kept = this.#state.get<unknown>(KEY);
    return Array.isArray(kept) ? kept.flatMap((each) => parsePlace(each) ?? []) : [];
  }

  async add(place: ClusterPlace): Promise<void> {
    const same = ({ context, namespace, image }: ClusterPlace): string => JSON.stringify([context, namespace, image]);
    const others = this.all().filter((each) => same(each) !== same(place));
    await this.#state.update(KEY, [place, ...others].slice(0, MAX_RECENT));
  }
}
