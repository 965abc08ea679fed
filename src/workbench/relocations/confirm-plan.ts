import { basename } from 'node:path';
import * as vscode from 'vscode';

import type { PlanView } from '../../relocation/plan-view.ts';
import { movingTags, planText } from './plan-text.ts';
import type { RelocationJob } from './relocation-job.ts';

export interface JobPlan {
  readonly job: RelocationJob;
  readonly view: PlanView;
}

/** Asks about one relocation, or about several together. */
export async function confirmPlans(plans: readonly JobPlan[]): Promise<boolean> {
  const [first, ...others] = plans;
  if (first === undefined) return false;
  if (others.length === 0) return confirmPlan(first.job, first.view);
  const moving = plans.some(({ view }) => movingTags(view).length > 0);
  const question = vscode.l10n.t('Relocate {0} images?', plans.length);
  const detail = plans.map(({ view }) => planText(view)).join('\n\n');
  const relocate = moving ? vscode.l10n.t('Relocate and Move Tags') : vscode.l10n.t('Relocate');
  const options = { modal: true, detail };
  const answer = moving
    ? await vscode.window.showWarningMessage(question, options, relocate)
    : await vscode.window.showInformationMessage(question, options, relocate);
  return answer === relocate;
}

/** Shows what will happen and asks once; a tag that would move makes it a warning that names the tag. */
async function confirmPlan({ name, request }: RelocationJob, view: PlanView): Promise<boolean> {
  const options = { modal: true, detail: planText(view) };
  if (request.destination.kind === 'archive') {
    const write = vscode.l10n.t('Export');
    const question = vscode.l10n.t('Export {0} to {1}?', name, basename(view.destination));
    return (await vscode.window.showInformationMessage(question, options, write)) === write;
  }
  const moving = movingTags(view);
  if (moving.length === 0) {
    const relocate = vscode.l10n.t('Relocate');
    const question = vscode.l10n.t('Relocate {0} to {1}?', name, view.destination);
    return (await vscode.window.showInformationMessage(question, options, relocate)) === relocate;
  }
  const move = vscode.l10n.t('Relocate and Move Tag');
  const tags = moving.map((tag) => tag.name).join(', ');
  const question = vscode.l10n.t(
    'The tag {0} in {1} points at something else. Relocate {2} and move the tag?',
    tags,
    view.destination,
    name,
  );
  return (await vscode.window.showWarningMessage(question, options, move)) === move;
}
