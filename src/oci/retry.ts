import { setTimeout as delay } from 'node:timers/promises';

import { abortError, AirgapError } from '../base/errors.ts';
import { ociError } from './errors.ts';

const TRANSIENT = new Set(['oci.connection-lost', 'oci.timeout', 'oci.stalled', 'oci.rate-limited']);
/** 5xx that say "never", not "not now" (RFC 9110, 15.6; RFC 2295; 4918; 5842; 2774; 6585). A status that nobody knows counts as 500. */
const LASTING_STATUS = new Set([501, 505, 506, 507, 508, 510, 511]);
/** The network is away, or the registry is: passing only where it has answered before. */
const AWAY = new Set([
  'oci.host-not-found',
  'oci.connection-refused',
  'oci.unreachable',
  'oci.connect-timeout',
  'oci.location-unreachable',
]);
/** Seconds that a registry may ask us to wait, in all; after that a person decides. */
export const LONGEST_PAUSE = 600;
/** Milliseconds for which a network that has gone is waited for: a VPN that reconnects, a laptop that wakes up. */
const AWAY_PATIENCE = 5 * 60_000;
const LONGEST_BACKOFF = 15_000;
/** How often a request waits for its turn at a registry that takes others before that counts as failures. */
const MOST_TURNS = 30;

/** Tries in all, where nothing else is asked for. */
export const DEFAULT_ATTEMPTS = 6;

/** Told of each failure that is tried again. */
export type RetryListener = (error: AirgapError, attempt: number) => void;

export interface RetryOptions {
  readonly signal: AbortSignal;
  /** Tries in all; without it the default, and patience while the network is away. */
  readonly attempts?: number | undefined;
  readonly onRetry?: RetryListener | undefined;
}

/** Whether the same request may succeed later: lost connections, overload, gateways. Never TLS, wrong names or refusals. */
export function isTransient(error: unknown): error is AirgapError {
  if (!(error instanceof AirgapError)) return false;
  const isPassing = error.code === 'oci.status-unexpected' && isPassingStatus(Number(error.args['status']));
  return TRANSIENT.has(error.code) || isPassing || isAway(error);
}

function isPassingStatus(status: number): boolean {
  return status === 408 || status === 425 || (status >= 500 && !LASTING_STATUS.has(status));
}

function isAway({ code, args }: AirgapError): boolean {
  return AWAY.has(code) && args['answeredBefore'] === 1;
}

/** What one operation may spend on failures. Progress fills it up again. */
export class RetryBudget {
  readonly #options: RetryOptions;
  #failures = 0;
  #askedSeconds = 0;
  #awaySince: number | undefined;
  /** What the registry had taken of others when it last had too much to do. */
  #taken: number | undefined;
  #turns = 0;

  constructor(options: RetryOptions) {
    this.#options = options;
  }

  progressed(): void {
    this.#failures = 0;
    this.#askedSeconds = 0;
    this.#awaySince = undefined;
    this.#turns = 0;
  }

  /**
   * Waits until it is time to try again: exponential with full jitter, or as long as the server asked for, which does not
   * count as a failure.
   * @throws the error itself where trying again does not help or has been tried enough; oci.pause-too-long; AbortError
   */
  async spend(error: unknown): Promise<void> {
    if (!isTransient(error)) throw error;
    const asked = error.args['seconds'];
    const milliseconds = typeof asked === 'number' ? this.#ask(error, asked) : this.#fail(error);
    this.#options.onRetry?.(error, Math.max(1, this.#failures));
    try {
      await delay(milliseconds, undefined, { signal: this.#options.signal });
    } catch {
      throw abortError();
    }
  }

  #ask(error: AirgapError, seconds: number): number {
    const wait = Math.max(1, seconds);
    this.#askedSeconds += wait;
    if (this.#askedSeconds > LONGEST_PAUSE) {
      throw ociError.of('pause-too-long', { ...error.args, minutes: Math.ceil(wait / 60) }, error);
    }
    return wait * 1000;
  }

  #fail(error: AirgapError): number {
    const { attempts } = this.#options;
    if (attempts === undefined && this.#isInTurn(error)) this.#failures = 0;
    const backoff = Math.random() * Math.min(LONGEST_BACKOFF, 250 * 2 ** ++this.#failures);
    if (attempts === undefined && isAway(error)) {
      this.#awaySince ??= Date.now();
      if (Date.now() - this.#awaySince < AWAY_PATIENCE) return backoff;
    }
    if (this.#failures >= (attempts ?? DEFAULT_ATTEMPTS)) throw error;
    return backoff;
  }

  /** Whether a registry that has too much to do took other requests since it refused this one last: its turn comes. */
  #isInTurn({ code, args }: AirgapError): boolean {
    if (code !== 'oci.rate-limited') return false;
    const before = this.#taken;
    this.#taken = Number(args['taken'] ?? 0);
    return before !== undefined && this.#taken > before && ++this.#turns <= MOST_TURNS;
  }
}

/** Runs an operation, and again after transient errors. */
export async function retry<Result>(options: RetryOptions, operation: () => Promise<Result>): Promise<Result> {
  const budget = new RetryBudget(options);
  for (;;) {
    try {
      return await operation();
    } catch (error) {
      await budget.spend(error);
    }
  }
}
