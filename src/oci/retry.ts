import { setTimeout as delay } from 'node:timers/promises';

import { abortError, AirgapError } from '../base/errors.ts';
import { ociError } from './errors.ts';

const TRANSIENT = new Set(['oci.connection-lost', 'oci.timeout', 'oci.stalled', 'oci.rate-limited']);
/** 5xx statuses that are permanent (RFC 9110, 15.6; RFC 2295; 4918; 5842; 2774; 6585). Unknown ones count as 500. */
const PERMANENT_STATUS = new Set([501, 505, 506, 507, 508, 510, 511]);
/** The network or the registry is unreachable, which counts as temporary only if the registry has responded before. */
const UNREACHABLE = new Set([
  'oci.host-not-found',
  'oci.connection-refused',
  'oci.unreachable',
  'oci.connect-timeout',
  'oci.location-unreachable',
]);
/** Seconds that a registry may ask to wait in total; after that the user decides. */
export const MAX_PAUSE = 600;
/** Milliseconds to wait for a network that is down: a VPN that reconnects, a laptop that wakes up. */
const MAX_UNREACHABLE_TIME = 5 * 60_000;
const MAX_BACKOFF = 15_000;
/** How often a request may be refused by a registry that accepts others, before the refusals count as failures. */
const MAX_REFUSALS = 30;

/** Number of attempts by default. */
export const DEFAULT_ATTEMPTS = 6;

/**
 * Called for each failure that is retried.
 * @param milliseconds until the next attempt; undefined if it follows at once
 */
export type RetryListener = (error: AirgapError, attempt: number, milliseconds?: number) => void;

export interface RetryOptions {
  readonly signal: AbortSignal;
  /** Maximum number of attempts; undefined means the default, and more while the network is down. */
  readonly attempts?: number | undefined;
  readonly onRetry?: RetryListener | undefined;
}

/**
 * Whether the same request may succeed later: lost connections, overload, gateways. Never TLS errors, wrong names or
 * refusals.
 */
export function isTransient(error: unknown): error is AirgapError {
  if (!(error instanceof AirgapError)) return false;
  const isTemporary = error.code === 'oci.status-unexpected' && isTemporaryStatus(Number(error.args['status']));
  return TRANSIENT.has(error.code) || isTemporary || isUnreachable(error);
}

function isTemporaryStatus(status: number): boolean {
  return status === 408 || status === 425 || (status >= 500 && !PERMANENT_STATUS.has(status));
}

function isUnreachable({ code, args }: AirgapError): boolean {
  return UNREACHABLE.has(code) && args['answeredBefore'] === 1;
}

/** The retries that one operation has left. Progress restores them. */
export class RetryBudget {
  readonly #options: RetryOptions;
  #failures = 0;
  #askedSeconds = 0;
  #unreachableSince: number | undefined;
  /** How many requests the registry had accepted when it last refused this one. */
  #accepted: number | undefined;
  #refusals = 0;

  constructor(options: RetryOptions) {
    this.#options = options;
  }

  progressed(): void {
    this.#failures = 0;
    this.#askedSeconds = 0;
    this.#unreachableSince = undefined;
    this.#refusals = 0;
  }

  /**
   * Waits until the next attempt: exponential backoff with full jitter, or as long as the server asked for, which does
   * not count as a failure.
   * @throws the error itself if a retry cannot help or no attempts are left; oci.pause-too-long; AbortError
   */
  async spend(error: unknown): Promise<void> {
    if (!isTransient(error)) throw error;
    const asked = error.args['seconds'];
    const milliseconds = typeof asked === 'number' ? this.#ask(error, asked) : this.#fail(error);
    this.#options.onRetry?.(error, Math.max(1, this.#failures), milliseconds);
    try {
      await delay(milliseconds, undefined, { signal: this.#options.signal });
    } catch {
      throw abortError();
    }
  }

  #ask(error: AirgapError, seconds: number): number {
    const wait = Math.max(1, seconds);
    this.#askedSeconds += wait;
    if (this.#askedSeconds > MAX_PAUSE) {
      throw ociError.of('pause-too-long', { ...error.args, minutes: Math.ceil(wait / 60) }, error);
    }
    return wait * 1000;
  }

  #fail(error: AirgapError): number {
    const { attempts } = this.#options;
    if (attempts === undefined && this.#acceptsOthers(error)) this.#failures = 0;
    const backoff = Math.random() * Math.min(MAX_BACKOFF, 250 * 2 ** ++this.#failures);
    if (attempts === undefined && isUnreachable(error)) {
      this.#unreachableSince ??= Date.now();
      if (Date.now() - this.#unreachableSince < MAX_UNREACHABLE_TIME) return backoff;
    }
    if (this.#failures >= (attempts ?? DEFAULT_ATTEMPTS)) throw error;
    return backoff;
  }

  /**
   * Whether an overloaded registry has accepted other requests since it last refused this one, which means that this
   * one will be accepted, too.
   */
  #acceptsOthers({ code, args }: AirgapError): boolean {
    if (code !== 'oci.rate-limited') return false;
    const before = this.#accepted;
    this.#accepted = Number(args['taken'] ?? 0);
    return before !== undefined && this.#accepted > before && ++this.#refusals <= MAX_REFUSALS;
  }
}

/** Runs an operation and repeats it after transient errors. */
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
