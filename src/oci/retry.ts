import { setTimeout as delay } from 'node:timers/promises';

import { abortError, AirgapError } from '../base/errors.ts';

const TRANSIENT = new Set(['oci.connection-lost', 'oci.timeout', 'oci.rate-limited']);
const TRANSIENT_STATUS = new Set([408, 500, 502, 503, 504]);
const LONGEST_PAUSE = 60_000;

export interface RetryOptions {
  readonly signal: AbortSignal;
  /** Tries in all. */
  readonly attempts?: number;
  readonly onRetry?: (error: AirgapError, attempt: number) => void;
}

/** Tries in all, where nothing else is asked for. */
export const DEFAULT_ATTEMPTS = 4;

/** Whether the same request may succeed later: lost connections, overload, gateways. Never TLS, DNS names or refusals. */
export function isTransient(error: unknown): error is AirgapError {
  if (!(error instanceof AirgapError)) return false;
  const status = error.args['status'];
  return TRANSIENT.has(error.code) || (error.code === 'oci.status-unexpected' && TRANSIENT_STATUS.has(Number(status)));
}

/** Tries again after transient errors: exponential with full jitter, or as long as the server asked for (at most a minute). */
export async function retry<Result>(options: RetryOptions, operation: () => Promise<Result>): Promise<Result> {
  const attempts = options.attempts ?? DEFAULT_ATTEMPTS;
  for (let attempt = 1; ; attempt++) {
    try {
      return await operation();
    } catch (error) {
      if (attempt >= attempts || !isTransient(error)) throw error;
      options.onRetry?.(error, attempt);
      await pause(error, attempt, options.signal);
    }
  }
}

async function pause(error: AirgapError, attempt: number, signal: AbortSignal): Promise<void> {
  const asked = error.args['seconds'];
  const backoff = Math.random() * 500 * 2 ** attempt;
  const milliseconds = typeof asked === 'number' ? asked * 1000 : backoff;
  try {
    await delay(Math.min(milliseconds, LONGEST_PAUSE), undefined, { signal });
  } catch {
    throw abortError();
  }
}
