import { isAbort } from '../../base/errors.ts';

export interface Loaded<Value> {
  readonly value?: Value;
  /** Why the last load failed; the value is then the previous one. */
  readonly error?: unknown;
}

/** A value that is loaded on first use. If a reload fails, the previous value is kept. */
export class Loadable<Value> {
  readonly #load: (signal: AbortSignal) => Promise<Value>;
  #loaded: Loaded<Value> = {};
  #running: { readonly promise: Promise<Loaded<Value>>; readonly abort: AbortController } | undefined;
  #fresh = false;

  constructor(load: (signal: AbortSignal) => Promise<Value>) {
    this.#load = load;
  }

  /** The current value, without loading. */
  get current(): Loaded<Value> {
    return this.#loaded;
  }

  get isLoading(): boolean {
    return this.#running !== undefined;
  }

  get(): Promise<Loaded<Value>> {
    if (this.#fresh) return Promise.resolve(this.#loaded);
    this.#running ??= this.#start();
    return this.#running.promise;
  }

  /** Replaces the loaded value, for example to append a page. */
  update(value: Value): void {
    this.#loaded = { value };
  }

  /** Cancels a running load and makes the next `get` load again. */
  invalidate(): void {
    this.#running?.abort.abort();
    this.#running = undefined;
    this.#fresh = false;
  }

  #start(): { promise: Promise<Loaded<Value>>; abort: AbortController } {
    const abort = new AbortController();
    return { abort, promise: this.#run(abort.signal) };
  }

  async #run(signal: AbortSignal): Promise<Loaded<Value>> {
    try {
      const value = await this.#load(signal);
      if (!signal.aborted) this.#loaded = { value };
    } catch (error) {
      if (!signal.aborted && !isAbort(error)) this.#loaded = { ...this.#loaded, error };
    }
    if (!signal.aborted) {
      this.#fresh = true;
      this.#running = undefined;
    }
    return this.#loaded;
  }
}
