import { createRequire } from 'node:module';

/** Loads a bundle of dist/ on first use. `Module` is the type of its exports. */
export class LazyModule<Module> {
  readonly #modulePath: string;
  module: Module | undefined;

  /** @param modulePath absolute path */
  constructor(modulePath: string) {
    this.#modulePath = modulePath;
  }

  get(): Module {
    this.module ??= createRequire(this.#modulePath)(this.#modulePath) as Module;
    return this.module;
  }
}
