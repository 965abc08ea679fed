import { hasCode } from '../../errors/airgap-errors.ts';
import type { RelocationRecord } from './record.ts';
import type { Outcome } from './relocation-attempt.ts';

/** The state that an attempt leaves a relocation in. */
export function endState(outcome: Outcome): Pick<RelocationRecord, 'state' | 'error' | 'report' | 'until'> {
  if (outcome.kind === 'finished') return { state: 'finished', report: outcome.report };
  if (outcome.kind === 'stopped') return { state: outcome.as };
  if (outcome.kind === 'interrupted') return { state: 'interrupted' };
  const { error } = outcome;
  const until = retryTimeOf(error);
  return {
    state: until === undefined ? 'failed' : 'paused',
    error: error instanceof Error ? error : new Error(String(error)),
    ...(until === undefined ? {} : { until }),
  };
}

/** Until when a registry asked to wait that asked for more than is waited without asking; milliseconds since 1970. */
export function retryTimeOf(error: unknown): number | undefined {
  if (!hasCode(error, 'oci.pause-too-long')) return undefined;
  const { seconds, minutes } = error.args;
  const wait = typeof seconds === 'number' ? seconds : Number(minutes) * 60;
  return Number.isFinite(wait) ? Date.now() + wait * 1000 : undefined;
}
