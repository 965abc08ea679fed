import type { AirgapError, ErrorArguments } from '../base/errors.ts';
import type { ReconcileState } from './reconcile-state.ts';
import type { ResolvedBundle } from './resolved-bundle.ts';

/** English text with `{name}` places, under which it is translated. Arguments may come from a cluster: made printable when filled in. */
export interface Sentence {
  readonly text: string;
  readonly args?: ErrorArguments;
}

/** A state in words, the same for a lens, a tree, a tooltip, a dialog and a document. */
export interface StateDescription {
  /** In a few words. */
  readonly headline: Sentence;
  /** What else there is to say in the same line: the tag that was found, or what went wrong. */
  readonly detail?: Sentence;
  /** All that is known beyond the headline, a line each: what went wrong, what to do, in whose words, and when what happens. */
  readonly lines: readonly Sentence[];
}

/** @param clock how a time (milliseconds since the epoch) is shown */
export function describeState(state: ReconcileState, clock: (time: number) => string): StateDescription {
  switch (state.kind) {
    case 'ready':
      return {
        headline: { text: 'Reconcile succeeded' },
        ...(state.resolved && { detail: { text: '{0}', args: { 0: nameOf(state.resolved) } } }),
        lines: [
          ...resolvedLines(state.resolved),
          ...timeLine('Last sync: {time}', state.syncedAt, clock),
          ...timeLine('Next sync: about {time}', state.nextSyncAt, clock),
        ],
      };
    case 'failed': {
      const failures =
        state.failures > 1 ? [{ text: 'Failed {count} times in a row', args: { count: state.failures } }] : [];
      return {
        headline:
          state.stage === undefined
            ? { text: 'Reconcile failed' }
            : { text: 'Reconcile failed: {stage}', args: { stage: state.stage } },
        ...failure(state.message, state.explanation, [
          ...resolvedLines(state.resolved),
          ...failures,
          ...timeLine('Next try: {time}', state.nextRetryAt, clock),
        ]),
      };
    }
    case 'delete-failed':
      return { headline: { text: 'Delete failed' }, ...failure(state.message, state.explanation, []) };
    case 'reconciling':
      return { headline: { text: 'Reconciling: {stage}', args: { stage: state.stage } }, lines: [] };
    case 'waiting':
      return {
        headline: { text: 'Waiting for kapp-controller to see the change' },
        lines: [{ text: 'What it told before is about an older version of the object.' }],
      };
    case 'pending':
      return state.late
        ? {
            headline: { text: 'Waiting for kapp-controller, which may be down or busy' },
            lines: [
              {
                text: 'It has not seen the object yet. Its pod may be down, or it cannot read another PackageRepository, in any namespace: its log says so.',
              },
            ],
          }
        : { headline: { text: 'Waiting for kapp-controller' }, lines: [] };
    case 'paused':
      return {
        headline: { text: 'Paused' },
        ...(state.lastResult && { detail: LAST_RESULT[state.lastResult] }),
        lines: [
          ...(state.lastResult ? [LAST_RESULT[state.lastResult]] : []),
          ...resolvedLines(state.resolved),
          { text: 'Nothing is fetched, and a deletion is not carried out, until it is resumed.' },
        ],
      };
    case 'undecodable': {
      const args = { field: state.field, value: state.value };
      return {
        headline: { text: 'kapp-controller cannot read it: {field}', args: { field: state.field } },
        detail: { text: "'{value}' is not a duration such as 10m, 90s or 24h", args },
        lines: [
          { text: "{field} is '{value}', which is not a duration such as 10m, 90s or 24h.", args },
          {
            text: 'Until that is corrected, kapp-controller sees no new, changed or deleted PackageRepository in the whole cluster.',
          },
          { text: 'Correct it also when it is to be deleted: kapp-controller does not see that either.' },
        ],
      };
    }
    case 'blocked': {
      const { namespace, name, field, value } = state.by;
      const args = { namespace, name, field, value };
      return {
        headline: { text: 'Blocked by {namespace}/{name}', args: { namespace, name } },
        detail: { text: "its {field} is '{value}'", args: { field, value } },
        lines: [
          {
            text: "kapp-controller cannot read the PackageRepository {namespace}/{name}: {field} is '{value}', which is not a duration such as 10m, 90s or 24h.",
            args,
          },
          {
            text: 'Until that is corrected, kapp-controller sees no new, changed or deleted PackageRepository in the whole cluster.',
          },
        ],
      };
    }
    case 'deleting':
      return { headline: { text: 'Deleting' }, lines: [] };
    case 'deletion-blocked':
    default:
      return {
        headline: { text: 'Deletion blocked: paused' },
        lines: [
          { text: 'It is to be deleted, and kapp-controller does not act on what is paused. Resume it to let it go.' },
        ],
      };
  }
}

const LAST_RESULT = {
  succeeded: { text: 'the last reconcile succeeded' },
  failed: { text: 'the last reconcile failed' },
} as const;

function failure(
  message: string,
  explanation: AirgapError | undefined,
  more: readonly Sentence[],
): Pick<StateDescription, 'detail' | 'lines'> {
  const said = { text: 'The cluster says: {message}', args: { message } };
  if (explanation === undefined) return { detail: { text: '{0}', args: { 0: message } }, lines: [said, ...more] };
  const { template, args } = explanation;
  const remedy = template.remedy === undefined ? [] : [{ text: template.remedy, args }];
  const meaning = { text: template.text, args };
  return { detail: { text: template.text, args: shortened(args) }, lines: [meaning, ...remedy, said, ...more] };
}

function nameOf({ tag, digest }: ResolvedBundle): string {
  return tag === undefined ? cut(digest) : `${tag} (${cut(digest)})`;
}

/** For where a line is all the room there is. */
function shortened(args: ErrorArguments): ErrorArguments {
  return Object.fromEntries(
    Object.entries(args).map(([name, value]) => [name, typeof value === 'string' ? cut(value) : value]),
  );
}

function cut(text: string): string {
  return text.replace(/(sha256:[0-9a-f]{12})[0-9a-f]{52}\b/g, '$1…');
}

function resolvedLines(resolved: ResolvedBundle | undefined): Sentence[] {
  if (resolved === undefined) return [];
  const { tag, image } = resolved;
  return [
    ...(tag === undefined ? [] : [{ text: 'Resolved tag: {tag}', args: { tag } }]),
    { text: 'Resolved image: {image}', args: { image } },
  ];
}

function timeLine(text: string, time: number | undefined, clock: (time: number) => string): Sentence[] {
  return time === undefined ? [] : [{ text, args: { time: clock(time) } }];
}
