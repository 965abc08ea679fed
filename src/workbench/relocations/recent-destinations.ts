import type { Memento } from 'vscode';

const MOST = 5;

/**
 * `repository`: where one thing went; `parent`: the registry or folder below which several went, each by its own name.
 */
type Kind = 'repository' | 'parent';

const KEYS: Record<Kind, string> = { repository: 'recentDestinations', parent: 'recentParents' };

/** Where was last relocated to, the newest first. */
export class RecentDestinations {
  readonly #state: Memento;

  constructor(state: Memento) {
    this.#state = state;
  }

  all(kind: Kind): readonly string[] {
    const kept = this.#state.get<unknown>(KEYS[kind]);
    return Array.isArray(kept) ? kept.filter((each): each is string => typeof each === 'string').slice(0, MOST) : [];
  }

  async add(kind: Kind, place: string): Promise<void> {
    const others = this.all(kind).filter((each) => each !== place);
    await this.#state.update(KEYS[kind], [place, ...others].slice(0, MOST));
  }
}
