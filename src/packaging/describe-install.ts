import type { AirgapError } from '../base/errors.ts';
import { deletionLines, failure } from './describe-state.ts';
import type { ClusterFacts, Sentence, StateDescription } from './describe-state.ts';
import { explainInstallFailure, explainWaiting } from './explain-failure.ts';
import type { Waiting } from './install/waiting.ts';
import { installProblem, installState } from './package-install.ts';
import type { InstallState, PackageInstall } from './package-install.ts';
import type { Package } from './package.ts';
import { LATE_AFTER } from './reconcile-state.ts';
import type { Severity, Wait } from './reconcile-state.ts';
import { firstUndecodable } from './undecodable.ts';
import type { Undecodable } from './undecodable.ts';

export interface InstallDescription extends StateDescription {
  readonly severity: Severity;
  /** When the state changes without any new event. */
  readonly changesAt?: number;
  /** What is wrong, if that is certain. */
  readonly explanation?: AirgapError;
}

/** Cluster objects that help to explain a PackageInstall, if known. */
export interface InstallSurroundings {
  readonly packages: readonly Package[];
  readonly installs: readonly PackageInstall[];
  readonly facts: ClusterFacts;
  /** What kapp waits for, by the output of its App; see waitingIn. */
  readonly waiting?: readonly Waiting[];
}

/** Describes a PackageInstall's state. Times are milliseconds since the epoch; `clock` formats them. */
export function describeInstall(
  install: PackageInstall,
  { packages, installs, facts, waiting = [] }: InstallSurroundings,
  now: number,
  clock: (time: number) => string,
): InstallDescription {
  const culprit = firstUndecodable(installs);
  const state = installState(install, culprit);
  const headline = HEADLINES[state];
  switch (state) {
    case 'failed':
    case 'delete-failed': {
      const message = installProblem(install);
      const fetches = packageOf(install, packages)?.template.fetches ?? [];
      const ofText = explainInstallFailure(message, install, fetches);
      const isWaiting = ofText === undefined || /not-ready/.test(ofText.code);
      const explanation = (isWaiting ? explainedIn(waiting, install) : undefined) ?? ofText;
      return {
        headline,
        severity: 'error',
        ...(explanation && { explanation }),
        ...failure({ message, ...(explanation && { explanation }) }, facts, isWaiting ? waitingLines(waiting) : []),
      };
    }
    case 'undecodable':
    case 'blocked':
      return { headline, severity: 'error', lines: culprit === undefined ? [] : [stopLine(culprit)] };
    case 'deleting': {
      const { finalizers = [], deletedAt } = install;
      const wait = waitSince(deletedAt, LATE_AFTER.deleting, now);
      return {
        headline: wait.late ? { text: 'Deleting for a long time' } : headline,
        severity: wait.late ? 'warning' : 'busy',
        ...changesAt(wait),
        lines: deletionLines({ finalizers, ...wait }, clock),
      };
    }
    case 'waiting': {
      const wait = waitSince(install.changedAt ?? install.createdAt, LATE_AFTER.waiting, now);
      return wait.late
        ? {
            headline: { text: 'Waiting for kapp-controller, which may be down or busy' },
            severity: 'warning',
            lines: [],
          }
        : { headline, severity: 'busy', lines: [], ...changesAt(wait) };
    }
    case 'reconciling': {
      const explanation = explainedIn(waiting, install);
      if (explanation === undefined) return { headline, severity: 'busy', lines: waitingLines(waiting) };
      // It is not an error yet: kapp goes on waiting, and the cause may be mended meanwhile.
      return { headline, severity: 'warning', ...pending(explanation, waiting, facts) };
    }
    case 'ready': {
      const explanation = explainedIn(waiting, install);
      if (explanation === undefined) return { headline, severity: 'ok', lines: [] };
      return {
        headline: { text: 'Reconcile succeeded, but a pod has a problem' },
        severity: 'warning',
        ...pending(explanation, waiting, facts),
      };
    }
    case 'canceled':
    case 'paused':
    default:
      return { headline, severity: 'quiet', lines: [] };
  }
}

const HEADLINES: Readonly<Record<InstallState, Sentence>> = {
  undecodable: { text: 'kapp-controller cannot read it' },
  blocked: { text: 'Blocked by another PackageInstall' },
  canceled: { text: 'Canceled' },
  paused: { text: 'Paused' },
  deleting: { text: 'Deleting' },
  'delete-failed': { text: 'Delete failed' },
  waiting: { text: 'Waiting for kapp-controller' },
  reconciling: { text: 'Reconciling' },
  failed: { text: 'Reconcile failed' },
  ready: { text: 'Reconcile succeeded' },
};

function explainedIn(waiting: readonly Waiting[], { namespace }: PackageInstall): AirgapError | undefined {
  for (const each of waiting) {
    const explanation = explainWaiting(each, namespace);
    if (explanation !== undefined) return explanation;
  }
  return undefined;
}

/** What is wrong although nothing has failed yet. */
function pending(
  explanation: AirgapError,
  waiting: readonly Waiting[],
  facts: ClusterFacts,
): Pick<InstallDescription, 'explanation' | 'detail' | 'lines'> {
  const { detail, lines } = failure({ message: '', explanation }, facts, waitingLines(waiting));
  return { explanation, ...(detail && { detail }), lines: lines.filter(({ args = {} }) => args['message'] !== '') };
}

const MOST_WAITING = 5;

function waitingLines(waiting: readonly Waiting[]): readonly Sentence[] {
  return waiting
    .slice(0, MOST_WAITING)
    .map(({ object, reason }) => ({ text: 'Not ready: {object}: {reason}', args: { object, reason } }));
}

function stopLine({ namespace, name, field, value }: Undecodable): Sentence {
  return {
    text: "kapp-controller cannot read the PackageInstall {namespace}/{name}: {field} is '{value}', which is not a duration such as 10m, 90s or 24h. Until that is corrected, it sees no new, changed or deleted PackageInstall in the whole cluster.",
    args: { namespace, name, field, value },
  };
}

function waitSince(since: number | undefined, limit: number, now: number): Wait & { readonly lateAt?: number } {
  return since === undefined ? { late: false } : { since, lateAt: since + limit, late: now - since >= limit };
}

function changesAt({ late, lateAt }: ReturnType<typeof waitSince>): { changesAt?: number } {
  return late || lateAt === undefined ? {} : { changesAt: lateAt };
}

/** The Package that it installed or tried to install, from its own namespace or a global one. */
function packageOf(install: PackageInstall, packages: readonly Package[]): Package | undefined {
  const { refName, attempted, version, namespace } = install;
  const fits = packages.filter((each) => each.refName === refName && each.version === (attempted ?? version));
  return fits.find((each) => each.namespace === namespace) ?? fits[0];
}
