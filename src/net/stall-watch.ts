import { LinkedAbort } from '../base/parallel.ts';
import type { AirgapError } from '../base/errors.ts';
import { ociError } from '../oci/errors.ts';

/** Milliseconds without a byte, on either side, after which a connection is given up. */
export const STALL_TIMEOUT = 60_000;

/**
 * Watches a body that is sent: gives it up when the network takes nothing of what is ready for it. That the body's own
 * origin is slow, or pauses, is no stall.
 */
export class StallWatch {
  readonly #linked: LinkedAbort;
  readonly #milliseconds: number;
  readonly #at: { readonly host: string; readonly step: string };
  #stalled: AirgapError | undefined;

  constructor(signal: AbortSignal, milliseconds: number, at: { host: string; step: string }) {
    this.#linked = new LinkedAbort(signal);
    this.#milliseconds = milliseconds;
    this.#at = at;
  }

  /** Ends with the outer signal, or when nothing moves. */
  get signal(): AbortSignal {
    return this.#linked.signal;
  }

  /** What the request failed of, where it was this watch that ended it. */
  get stalled(): AirgapError | undefined {
    return this.#stalled;
  }

  async *through(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    let isReady = false;
    const timer = setTimeout(() => {
      if (isReady) this.#giveUp();
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

  #giveUp(): void {
    this.#stalled = ociError('stalled', { ...this.#at, after: this.#milliseconds / 1000 });
    this.#linked.abort();
  }
}
