import { createRequire } from 'node:module';

/** Loads a bundle of dist/ when it is first used; `Room` is what its entry module exports. */
export class LazyRoom<Room> {
  readonly #modulePath: string;
  #room: Room | undefined;

  /** @param modulePath absolute */
  constructor(modulePath: string) {
    this.#modulePath = modulePath;
  }

  get(): Room {
    this.#room ??= createRequire(this.#modulePath)(this.#modulePath) as Room;
    return this.#room;
  }
}
