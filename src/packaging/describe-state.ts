import type { ErrorArguments } from '../base/errors.ts';
import { finalizerOwner } from './object-metadata.ts';
import type { Failure, ReconcileState, Wait } from './reconcile-state.ts';
import type { ResolvedBundle } from './resolved-bundle.ts';

/**
 * An English text with `{name}` placeholders, which is also the key of its translation. Arguments may come from a
 * cluster and are made printable when filled in.
 */
export interface Sentence {
  readonly text: string;
  readonly args?: ErrorArguments;
}

/** A description of a state, shared by lens, tree, tooltip, dialog and document. */
export interface StateDescription {
  /** A short phrase. */
  readonly headline: Sentence;
  /** Additional text for the same line: the selected tag, or the problem. */
  readonly detail?: Sentence;
  /** Further details, one per line: the problem, its remedy, the cluster's own message, and upcoming events. */
  readonly lines: readonly Sentence[];
}

/** What is known about the cluster apart from the object. */
export interface ClusterFacts {
  readonly controllerNamespace?: string;
}

/** The longest pause between two attempts of kapp-controller to list its objects is a minute. */
const CONTINUES: Sentence = {
  text: 'After that, kapp-controller continues within about a minute. If it does not, restart its pod.',
};

/** @param clock formats a time given in milliseconds since the epoch */
export function describeState(
  state: ReconcileState,
  clock: (time: number) => string,
  facts: ClusterFacts = {},
): StateDescription {
  switch (state.kind) {
    case 'ready':
      return {
        headline: state.overdue ? { text: 'Reconcile succeeded, next sync overdue' } : { text: 'Reconcile succeeded' },
        ...(state.resolved && { detail: { text: '{0}', args: { 0: nameOf(state.resolved) } } }),
        lines: [
          ...resolvedLines(state.resolved),
          ...timeLine('Last sync: {time}', state.syncedAt, clock),
          ...(state.overdue
            ? timeLine(
                'The next sync was due at about {time}. Check the pod and log of kapp-controller, and the clock of this machine.',
                state.nextSyncAt,
                clock,
              )
            : timeLine('Next sync: about {time}', state.nextSyncAt, clock)),
        ],
      };
    case 'failed': {
      const failures =
        state.failures > 1 ? [{ text: '{count} consecutive failures', args: { count: state.failures } }] : [];
      return {
        headline:
          state.stage === undefined
            ? { text: 'Reconcile failed' }
            : { text: 'Reconcile failed: {stage}', args: { stage: state.stage } },
        ...failure(state, facts, [
          ...resolvedLines(state.resolved),
          ...failures,
          ...(state.overdue
            ? timeLine(
                'The next attempt was due at {time}. Check the pod and log of kapp-controller, and the clock of this machine.',
                state.nextRetryAt,
                clock,
              )
            : timeLine('Next attempt: {time}', state.nextRetryAt, clock)),
        ]),
      };
    }
    case 'delete-failed':
      return { headline: { text: 'Delete failed' }, ...failure(state, facts, []) };
    case 'reconciling':
      return state.late
        ? {
            headline: { text: 'Reconciling for a long time: {stage}', args: { stage: state.stage } },
            lines: timeLine(
              'No status update since {time}. kapp-controller may have been stopped: check its pod and log.',
              state.since,
              clock,
            ),
          }
        : { headline: { text: 'Reconciling: {stage}', args: { stage: state.stage } }, lines: [] };
    case 'waiting':
      return {
        headline: state.late
          ? { text: 'Waiting for kapp-controller, which may be down or busy' }
          : { text: 'Waiting for kapp-controller to observe the change' },
        lines: [
          ...(state.late
            ? timeLine('It has not observed the change of {time} yet: check its pod and log.', state.since, clock)
            : []),
          { text: 'Its last status is about an earlier version of the object.' },
        ],
      };
    case 'pending':
      return state.late
        ? {
            headline: { text: 'Waiting for kapp-controller, which may be down or busy' },
            lines: [
              {
                text: 'It has not processed the object yet. Its pod may be down, or it may be unable to decode another PackageRepository in any namespace; when that is corrected or deleted, it continues within about a minute. Check its log, and restart its pod if it does not continue.',
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
          { text: 'Until it is resumed, nothing is fetched and it cannot be deleted.' },
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
          {
            text: 'Correct it even if you want to delete it, because kapp-controller does not see the deletion either.',
          },
          CONTINUES,
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
          CONTINUES,
        ],
      };
    }
    case 'deleting':
      return {
        headline: state.late ? { text: 'Deleting for a long time' } : { text: 'Deleting' },
        lines: deletionLines(state, clock),
      };
    case 'deletion-blocked':
    default:
      return {
        headline: { text: 'Deletion blocked: paused' },
        lines: [{ text: 'kapp-controller does not delete a paused resource. Resume it so that it can be deleted.' }],
      };
  }
}

/** Describes what blocks the deletion of an object and who removes the blocker. */
export function deletionLines(
  { finalizers, since, late }: Wait & { readonly finalizers: readonly string[] },
  clock: (time: number) => string,
): readonly Sentence[] {
  const isOurs = finalizers.some((finalizer) => finalizerOwner(finalizer) === 'kapp-controller');
  return [
    ...timeLine('Deletion requested at {time}', since, clock),
    ...finalizers.map(heldBy),
    ...(late && isOurs ? [{ text: 'kapp-controller has not deleted it yet: check its pod and log.' }] : []),
  ];
}

function heldBy(finalizer: string): Sentence {
  const owner = finalizerOwner(finalizer);
  const args = { finalizer, owner };
  if (owner === 'kapp-controller') {
    return {
      text: "The finalizer {finalizer} blocks the deletion: kapp-controller removes it after deleting the object's resources.",
      args,
    };
  }
  if (owner === 'kubernetes') {
    return {
      text: 'The finalizer {finalizer} blocks the deletion: Kubernetes removes it when dependent objects are gone.',
      args,
    };
  }
  return {
    text: "The finalizer {finalizer} blocks the deletion. It is not kapp-controller's: the controller of {owner} must remove it.",
    args,
  };
}

const LAST_RESULT = {
  succeeded: { text: 'the last reconcile succeeded' },
  failed: { text: 'the last reconcile failed' },
} as const;

/** Describes a failure: meaning and remedy, if known, and the cluster's own message. */
export function failure(
  { message, explanation }: Failure,
  { controllerNamespace }: ClusterFacts,
  more: readonly Sentence[],
): Pick<StateDescription, 'detail' | 'lines'> {
  const said = { text: 'The cluster says: {message}', args: { message } };
  if (explanation === undefined) return { detail: { text: '{0}', args: { 0: message } }, lines: [said, ...more] };
  const { template, args } = explanation;
  const { text, remedy } = template;
  const isConfiguration = remedy?.includes('kapp-controller-config') === true && controllerNamespace !== undefined;
  const lines = [
    { text, args },
    ...(remedy === undefined ? [] : [{ text: remedy, args }]),
    ...(isConfiguration
      ? [{ text: 'kapp-controller runs in the namespace {controllerNamespace} here.', args: { controllerNamespace } }]
      : []),
    said,
    ...more,
  ];
  return { detail: { text, args: shortened(args) }, lines };
}

function nameOf({ tag, digest }: ResolvedBundle): string {
  return tag === undefined ? cut(digest) : `${tag} (${cut(digest)})`;
}

/** Shortens arguments for a single line. */
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
