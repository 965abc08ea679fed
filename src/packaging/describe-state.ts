import type { ReconcileState } from './reconcile-state.ts';
import { printable } from '../base/printable.ts';

/** One line of English for a lens, a tree item or a terminal, with digests cut. `now` is in milliseconds since the epoch. */
export function describeState(state: ReconcileState, now: number): string {
  const line = [state.label, ...details(state, now)].join(' · ');
  return line.replace(/(sha256:[0-9a-f]{12})[0-9a-f]{52}\b/g, '$1…');
}

function details(state: ReconcileState, now: number): string[] {
  switch (state.kind) {
    case 'ready':
      return [
        ...(state.resolved === undefined ? [] : [state.resolved.tag ?? state.resolved.digest]),
        ...(state.syncedAt === undefined ? [] : [`synced ${age(now - state.syncedAt)} ago`]),
      ].map((part) => printable(part));
    case 'failed':
      return [
        state.explanation?.message ?? printable(state.message, 120),
        ...(state.nextRetryAt === undefined ? [] : [retry(state.nextRetryAt - now)]),
      ];
    case 'delete-failed':
      return [printable(state.message, 120)];
    case 'pending':
      return state.late ? ['it may be down, or busy with another repository'] : [];
    case 'paused':
      return state.lastResult === undefined ? [] : [`last result: ${state.lastResult}`];
    case 'deletion-blocked':
      return ['resume it to let it go'];
    case 'reconciling':
    case 'waiting':
    case 'deleting':
    default:
      return [];
  }
}

function retry(milliseconds: number): string {
  return milliseconds <= 0 ? 'next try is due' : `next try in ${age(milliseconds)}`;
}

function age(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.round(seconds / 60)} min`;
  return seconds < 86_400 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86_400)} d`;
}
