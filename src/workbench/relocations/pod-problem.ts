import * as vscode from 'vscode';

import { printable } from '../../base/printable.ts';
import { explainWaiting } from '../../packaging/explain-failure.ts';
import { errorText } from '../errors/error-text.ts';
import type { ErrorText } from '../errors/error-text.ts';
import type { ClusterJob } from './list/record.ts';
import type { LiveState } from './list/relocation-attempt.ts';

/** Why a Job has no running pod, in the words of the cluster. */
export function podProblem({ parts, problem }: Pick<LiveState, 'parts' | 'problem'>): string | undefined {
  if (parts.some(({ state }) => state === 'running')) return undefined;
  return problem ?? parts.find((part) => part.problem !== undefined)?.problem;
}

/** What such a problem means, and what to do about it. */
export function explainPodProblem(
  problem: string,
  { namespace, job }: Pick<ClusterJob, 'namespace' | 'job'>,
): ErrorText {
  const error = explainWaiting({ object: `job/${job}`, reason: problem }, namespace);
  const { message, remedy } = error === undefined ? { message: printable(problem, 300) } : errorText(error);
  // The pull secret is that of the Job, and the image is not part of what is relocated.
  if (error?.code === 'reconcile.pod-unauthorized') {
    return { message, remedy: vscode.l10n.t('Cancel, add credentials for that registry, and relocate again.') };
  }
  if (error?.code === 'reconcile.pod-image-missing') {
    return {
      message,
      remedy: vscode.l10n.t('Push it with carvel-airgap image push, or cancel and choose another image.'),
    };
  }
  if (remedy !== undefined && error?.code.startsWith('reconcile.pod-') && /pull/.test(message))
    return { message, remedy };
  return { message, remedy: remedyFor(problem) };
}

function remedyFor(problem: string): string {
  if (/ImagePull|ErrImage|InvalidImageName/.test(problem)) {
    return vscode.l10n.t('Check the image. Cancel, and choose another one if it is wrong.');
  }
  if (/quota/i.test(problem)) {
    return vscode.l10n.t(
      'The pods start when the quota admits them. Cancel, and choose fewer pods or another namespace if it does not.',
    );
  }
  if (/nodes? (?:is|are) available|unschedulable|Insufficient/i.test(problem)) {
    return vscode.l10n.t(
      'The pods start when a node has room for them. Each requests 100m of CPU and 256 MiB of memory.',
    );
  }
  return vscode.l10n.t('Show Job shows all pods. Cancel if they cannot start.');
}
