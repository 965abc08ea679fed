import { basename } from 'node:path';
import * as vscode from 'vscode';

import type { PlanView } from '../../relocation/plan-view.ts';
import { movingTags, planText } from './plan-text.ts';
import type { RelocationJob } from './relocation-job.ts';

/** Shows what will happen and asks once; a tag that would move makes it a warning that names the tag. */
export async function confirmPlan({ name, request }: RelocationJob, view: PlanView): Promise<boolean> {
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
