import { basename } from 'node:path';
import * as vscode from 'vscode';

import type { PlanSummary } from '../../relocation/plan-summary.ts';
import { showPlannedImages } from './planned-images.ts';
import { movingTags, planText } from './plan-text.ts';
import type { RelocationJob } from './relocation-job.ts';

export interface JobPlan {
  readonly job: RelocationJob;
  readonly view: PlanSummary;
}

interface Question {
  readonly question: string;
  readonly detail: string;
  /** What it is to do, as a button. */
  readonly go: string;
  /** It would move tags. */
  readonly isWarning: boolean;
}

/**
 * Shows what will happen and asks once about one relocation, or about several together. Whoever wants it otherwise goes back
 * to where it was asked for.
 */
export async function confirmPlans(plans: readonly JobPlan[]): Promise<boolean> {
  const [first, ...others] = plans;
  if (first === undefined) return false;
  const { question, detail, go, isWarning } = others.length === 0 ? aboutOne(first) : aboutSeveral(plans);
  const change = first.job.change === undefined ? undefined : vscode.l10n.t('Change…');
  const show = vscode.l10n.t('Show Images');
  const buttons = [go, ...(change === undefined ? [] : [change]), show];
  for (;;) {
    const options = { modal: true, detail };
    const answer = isWarning
      ? await vscode.window.showWarningMessage(question, options, ...buttons)
      : await vscode.window.showInformationMessage(question, options, ...buttons);
    if (answer === show) await showPlannedImages(question, plans);
    else if (answer !== change || change === undefined) return answer === go;
    else {
      first.job.change?.();
      return false;
    }
  }
}

function aboutSeveral(plans: readonly JobPlan[]): Question {
  const isWarning = plans.some(({ view }) => movingTags(view).length > 0);
  return {
    question: vscode.l10n.t('Relocate {0} images?', plans.length),
    detail: plans.map(({ view }) => planText(view)).join('\n\n'),
    go: isWarning ? vscode.l10n.t('Relocate and Move Tags') : vscode.l10n.t('Relocate'),
    isWarning,
  };
}

/** A tag that would move makes it a warning that names the tag. */
function aboutOne({ job: { name, request }, view }: JobPlan): Question {
  const detail = planText(view);
  if (request.destination.kind === 'archive') {
    const question = vscode.l10n.t('Export {0} to {1}?', name, basename(view.destination));
    return { question, detail, go: vscode.l10n.t('Export'), isWarning: false };
  }
  const tags = movingTags(view).map((tag) => tag.name);
  if (tags.length === 0 && request.source.kind === 'archive') {
    const question = vscode.l10n.t('Import {0} to {1}?', name, view.destination);
    return { question, detail, go: vscode.l10n.t('Import'), isWarning: false };
  }
  if (tags.length === 0) {
    const question = vscode.l10n.t('Relocate {0} to {1}?', name, view.destination);
    return { question, detail, go: vscode.l10n.t('Relocate'), isWarning: false };
  }
  const question = vscode.l10n.t(
    'The tag {0} in {1} points to a different image. Relocate {2} and move the tag?',
    tags.join(', '),
    view.destination,
    name,
  );
  return { question, detail, go: vscode.l10n.t('Relocate and Move Tag'), isWarning: true };
}
