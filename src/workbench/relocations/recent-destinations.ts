import type { Memento } from 'vscode';

const KEY = 'recentDestinations';
const MOST = 5;

/** The repositories that were last relocated to, the newest first. */
export class RecentDestinations {
  readonly #state: Memento;

  constructor(state: Memento) {
    this.#state = state;
  }

  all(): readonly string[] {
    const kept = this.#state.get<unknown>(KEY);
    return Array.isArray(kept) ? kept.filter((each): each is string => typeof each === 'string').slice(0, MOST) : [];
  }

  async add(repository: string): Promise<void> {
    const others = this.all().filter((each) => each !== repository);
    await this.#state.update(KEY, [repository, ...others].slice(0, MOST));
  }
}
