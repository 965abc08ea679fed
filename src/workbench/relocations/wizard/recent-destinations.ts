import type { Memento } from 'vscode';

const MAX_RECENT = 5;

/** `repository`: the destination of a single image or bundle; `parent`: the common parent of several. */
type Kind = 'repository' | 'parent';

const KEYS: Record<Kind, string> = { repository: 'recentDestinations', parent: 'recentParents' };

/** Recently used destinations, newest first. */
export class RecentDestinations {
  readonly #state: Memento;

  constructor(state: Memento) {
    this.#state = state;
  }

  all(kind: Kind): readonly string[] {
    const kept = this.#state.get<unknown>(KEYS[kind]);
    return Array.isArray(kept)
      ? kept.filter((each): each is string => typeof each === 'string').slice(0, MAX_RECENT)
      : [];
  }

  async add(kind: Kind, place: string): Promise<void> {
    const others = this.all(kind).filter((each) => each !== place);
    await this.#state.update(KEYS[kind], [place, ...others].slice(0, MAX_RECENT));
  }
}
