import { LinkedAbort } from '../base/parallel.ts';
import { ownError } from './network-error.ts';
import type { NetworkError } from './network-error.ts';

/** Milliseconds without a byte, in either direction, after which a connection is given up. */
export const STALL_TIMEOUT = 60_000;

/**
 * Watches a body that is being sent: gives up when the network does not accept data that is ready. A slow or paused source
 * of the body is not a stall.
 */
export class StallWatch {
  readonly #linked: LinkedAbort;
  readonly #milliseconds: number;
  readonly #at: { readonly host: string; readonly step: string };
  #stalled: NetworkError | undefined;

  constructor(signal: AbortSignal, milliseconds: number, at: { host: string; step: string }) {
    this.#linked = new LinkedAbort(signal);
    this.#milliseconds = milliseconds;
    this.#at = at;
  }

  /** Aborts with the outer signal, or when nothing moves. */
  get signal(): AbortSignal {
    return this.#linked.signal;
  }

  /** The error of the request, if this watch ended it. */
  get stalled(): NetworkError | undefined {
    return this.#stalled;
  }

  async *through(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    let isReady = false;
    const timer = setTimeout(() => {
      if (isReady) this.#abandon();
    }, this.#milliseconds);
    try {
      for await (const chunk of body) {
        isReady = true;
        timer.refresh();
        yield chunk;
        isReady = false;
      }
    } finally {
      clearTimeout(timer);
    }
  }

  dispose(): void {
    this.#linked.dispose();
  }

  #abandon(): void {
    this.#stalled = ownError('stalled', { ...this.#at, after: this.#milliseconds / 1000 });
    this.#linked.abort();
  }
}
