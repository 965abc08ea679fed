import { basename } from 'node:path';

import * as vscode from 'vscode';

import { formatBytes } from '../../../base/format.ts';
import { parseReference } from '../../../oci/reference.ts';
import type { PlanSummary, PlannedImage } from '../../../relocation/plan/plan-summary.ts';
import { tryOrUndefined } from '../../../base/errors.ts';
import { pick, SIDE_STEP } from '../../picks/pick.ts';
import type { Choice } from '../../picks/pick.ts';
import { artifactIcon, artifactName } from '../../registries/artifact-presentation.ts';
import { withoutIcons, shortDigest } from '../../text/formatting.ts';
import { movingTags, planText } from './plan-text.ts';
import type { RelocationJob } from '../relocation-job.ts';

export interface JobPlan {
  readonly job: RelocationJob;
  readonly view: PlanSummary;
}

interface Question {
  readonly question: string;
  readonly detail: string;
  /** The label of the confirming button. */
  readonly go: string;
  /** Whether tags would move. */
  readonly isWarning: boolean;
}

/** Shows the plan of one or several relocations and asks for confirmation. The user can go back to change the answers. */
export async function confirmPlans(plans: readonly JobPlan[]): Promise<boolean> {
  const [first, ...others] = plans;
  if (first === undefined) return false;
  const { question, detail, go, isWarning } = others.length === 0 ? questionForOne(first) : questionForSeveral(plans);
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

function questionForSeveral(plans: readonly JobPlan[]): Question {
  const isWarning = plans.some(({ view }) => movingTags(view).length > 0);
  return {
    question: vscode.l10n.t('Relocate {0} images?', plans.length),
    detail: plans.map(({ job, view }) => planText(view, job.request.options)).join('\n\n'),
    go: isWarning ? vscode.l10n.t('Relocate and Move Tags') : vscode.l10n.t('Relocate'),
    isWarning,
  };
}

/** If tags would move, the question is a warning that names them. */
function questionForOne({ job: { name, request }, view }: JobPlan): Question {
  const detail = planText(view, request.options);
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

/** Lists the images of plans for browsing and searching; Back, Enter and Escape return to the plan. */
async function showPlannedImages(title: string, plans: readonly { readonly view: PlanSummary }[]): Promise<void> {
  const images = plans.flatMap(({ view }) => view.images);
  await pick<PlannedImage>({
    title,
    place: SIDE_STEP,
    placeholder: vscode.l10n.t('Images in this plan; Enter to go back'),
    choices: () => Promise.resolve(images.map(imageChoice)),
  });
}

function imageChoice(image: PlannedImage): Choice<PlannedImage> {
  const { reference, digest, kind, bytes, action } = image;
  const path = tryOrUndefined(() => parseReference(reference).path) ?? reference;
  return {
    label: withoutIcons(path),
    description: [
      artifactName(kind),
      shortDigest(digest),
      formatBytes(bytes),
      action === 'copy' ? vscode.l10n.t('to copy') : vscode.l10n.t('already present'),
    ].join(' · '),
    iconPath: artifactIcon(kind),
    value: image,
  };
}
