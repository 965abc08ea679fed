import { createRequire } from 'node:module';

/** Loads a bundle of dist/ when it is first used; `Room` is what its entry module exports. */
export class LazyModule<Module> {
  readonly #modulePath: string;
  module: Module | undefined;

  /** @param modulePath absolute */
  constructor(modulePath: string) {
    this.#modulePath = modulePath;
  }

  get(): Module {
    this.module ??= createRequire(this.#modulePath)(this.#modulePath) as Module;
    return this.module;
  }
}
