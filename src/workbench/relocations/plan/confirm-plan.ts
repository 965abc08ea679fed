import { basename } from 'node:path';

import * as vscode from 'vscode';

import { formatBytes } from '../../../base/format.ts';
import type { ClusterPlace } from '../../../jobs/cluster-engine.ts';
import { parseReference } from '../../../oci/reference.ts';
import type { PlanSummary, PlannedImage } from '../../../relocation/plan/plan-summary.ts';
import { tryOrUndefined } from '../../../base/errors.ts';
import { pick, SIDE_STEP } from '../../picks/pick.ts';
import type { Choice } from '../../picks/pick.ts';
import { artifactIcon, artifactName } from '../../registries/artifact-presentation.ts';
import { withoutIcons, withoutLinks, shortDigest } from '../../text/formatting.ts';
import { verdictText } from '../report/verdict-text.ts';
import { warningParts } from '../report/warning-text.ts';
import {
  effectText,
  isRefused,
  isUpToDate,
  movingLine,
  movingTags,
  plansText,
  planText,
  policyLines,
  totalText,
} from './plan-text.ts';
import type { JobPlan } from '../relocation-job.ts';

/** What the user decided: to run these plans, or to check the destination thoroughly. */
export type Decision =
  | { readonly kind: 'run'; readonly plans: readonly JobPlan[] }
  | { readonly kind: 'verify' }
  | { readonly kind: 'none' };

/** Shows the map of a plan in an editor. */
export type ShowMap = (plan: JobPlan) => Promise<void>;

interface Question {
  readonly question: string;
  readonly detail: string;
  /** The label of the confirming button. */
  readonly go: string;
  /** Whether tags would move. */
  readonly isWarning: boolean;
}

/**
 * Shows the plan of one or several relocations and asks for confirmation. The user can go back to change the answers. If
 * tags would move, the default button moves none; if nothing is to be copied, it verifies.
 */
export async function confirmPlans(plans: readonly JobPlan[], showMap: ShowMap): Promise<Decision> {
  const [first, ...others] = plans;
  if (first === undefined) return { kind: 'none' };
  const refused = plans.find(({ view }) => isRefused(view));
  if (refused !== undefined) return showRefusal(refused, plans, showMap);
  const isDone = plans.every(({ view }) => isUpToDate(view));
  const { question, detail, go, isWarning } = isDone
    ? questionWhenDone(plans)
    : others.length === 0
      ? questionForOne(first)
      : questionForSeveral(plans);
  const change = first.job.change === undefined ? undefined : vscode.l10n.t('Change…');
  const show = vscode.l10n.t('Show Plan');
  const map = others.length === 0 ? [vscode.l10n.t('Show Map')] : [];
  const safe = isWarning ? plans.filter(({ view }) => movingTags(view).length === 0) : [];
  const goSafely = vscode.l10n.t('Relocate Only the Other {0}', safe.length);
  const changes = change === undefined ? [] : [change];
  const buttons = isWarning
    ? [...(safe.length > 0 ? [goSafely, go, show] : [show, go]), ...changes]
    : [go, ...changes, show];
  let modal = true;
  for (;;) {
    const options = { modal, detail };
    const offered = modal ? [...buttons, ...map] : buttons;
    // Only notifications render links.
    const text = modal ? question : withoutLinks(question);
    const answer = isWarning
      ? await vscode.window.showWarningMessage(text, options, ...offered)
      : await vscode.window.showInformationMessage(text, options, ...offered);
    if (answer === undefined) return { kind: 'none' };
    if (answer === show) await showPlan(question, plans);
    else if (answer === map[0]) {
      await showMap(first);
      // A dialog would cover the map.
      modal = false;
    } else if (answer === goSafely) return { kind: 'run', plans: safe };
    else if (answer === go) return isDone ? { kind: 'verify' } : { kind: 'run', plans };
    else {
      first.job.change?.();
      return { kind: 'none' };
    }
  }
}

/** Says what the policy does not admit, and why. The others can still be relocated. */
async function showRefusal(refused: JobPlan, plans: readonly JobPlan[], showMap: ShowMap): Promise<Decision> {
  const { job, view } = refused;
  const admitted = plans.filter((each) => !isRefused(each.view));
  const [show, open] = [vscode.l10n.t('Show Plan'), vscode.l10n.t('Open Policy')];
  const goOn = vscode.l10n.t('Relocate Only the Other {0}', admitted.length);
  const message = vscode.l10n.t(
    'The policy does not admit {0} of {1} images of {2}.',
    view.policy?.refused ?? 0,
    view.policy?.judged ?? 0,
    job.name,
  );
  const detail = [
    ...policyLines(view).slice(1),
    '',
    vscode.l10n.t('Nothing was written. The policy is {0}.', view.policy?.path ?? ''),
  ].join('\n');
  for (;;) {
    const buttons = [...(admitted.length === 0 ? [] : [goOn]), show, open];
    const answer = await vscode.window.showWarningMessage(message, { modal: true, detail }, ...buttons);
    if (answer === show) {
      await showPlan(message, plans);
      continue;
    }
    if (answer === goOn) return confirmPlans(admitted, showMap);
    if (answer === open) await vscode.window.showTextDocument(vscode.Uri.file(view.policy?.path ?? ''));
    return { kind: 'none' };
  }
}

function questionWhenDone(plans: readonly JobPlan[]): Question {
  const [first] = plans;
  const isOne = plans.length === 1 && first !== undefined;
  return {
    question: isOne
      ? vscode.l10n.t('{0} is already up to date in {1}.', first.job.name, first.view.destination)
      : vscode.l10n.t('All {0} are already up to date.', plans.length),
    detail: [
      isOne ? planText(first.view, first.job.request.options) : plansText(plans.map(nameAndView)),
      '',
      vscode.l10n.t('Verify checks every manifest and layer there, and copies what is missing.'),
    ].join('\n'),
    go: vscode.l10n.t('Verify'),
    isWarning: false,
  };
}

function questionForSeveral(plans: readonly JobPlan[]): Question {
  const isWarning = plans.some(({ view }) => movingTags(view).length > 0);
  const isBundles = plans.every(({ view }) => view.root?.isBundle === true);
  return {
    question: isBundles
      ? vscode.l10n.t('Relocate {0} bundles?', plans.length)
      : vscode.l10n.t('Relocate {0} bundles and images?', plans.length),
    detail: plansText(plans.map(nameAndView)),
    go: isWarning ? vscode.l10n.t('Relocate and Move Tags') : vscode.l10n.t('Relocate'),
    isWarning,
  };
}

function nameAndView({ job, view }: JobPlan): { name: string; view: PlanSummary } {
  return { name: job.name, view };
}

/** If tags would move, the question is a warning that names them. */
function questionForOne({ job: { name, request, cluster }, view }: JobPlan): Question {
  const detail = [...placeLines(cluster), planText(view, request.options)].join('\n');
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

/** Where the pods of a Job run, and which. */
function placeLines(place: ClusterPlace | undefined): string[] {
  if (place === undefined) return [];
  const { context, namespace, pods, image } = place;
  return [
    vscode.l10n.t('In the cluster: {0}, namespace {1}', context, namespace),
    vscode.l10n.t('Pods: at most {0}, with the image {1}', pods + 1, image),
  ];
}

/**
 * Lists plans for browsing and searching, however long they are: the tags that move, then the images of each plan below
 * its totals. Back, Enter and Escape return to the question.
 */
async function showPlan(title: string, plans: readonly JobPlan[]): Promise<void> {
  const moving = plans.flatMap(({ view }) => movingTags(view).map((tag) => movingLine(tag, view.destination)));
  await pick<string>({
    title,
    place: SIDE_STEP,
    placeholder: vscode.l10n.t('Search this plan; Enter to go back'),
    choices: () =>
      Promise.resolve([
        { label: totalText(plans.map(({ view }) => view)), iconPath: new vscode.ThemeIcon('info'), value: 'total' },
        ...(moving.length === 0 ? [] : [separator(vscode.l10n.t('Tags that will move: {0}', moving.length))]),
        ...moving.map((line) => ({ label: line, iconPath: new vscode.ThemeIcon('warning'), value: line })),
        ...plans.flatMap(({ job, view }) => [
          separator(`${job.name}: ${effectText(view)}`),
          ...view.warnings.map((warning) => ({
            label: withoutIcons(warningParts(warning).text),
            iconPath: new vscode.ThemeIcon('info'),
            value: warning,
          })),
          ...view.images.map(imageChoice),
        ]),
      ]),
  });
}

function separator(label: string): Choice<never> {
  return { label, kind: vscode.QuickPickItemKind.Separator };
}

function imageChoice(image: PlannedImage): Choice<string> {
  const { reference, digest, kind, bytes, action, verdict } = image;
  const path = tryOrUndefined(() => parseReference(reference).path) ?? reference;
  return {
    label: withoutIcons(path),
    description: [
      artifactName(kind),
      shortDigest(digest),
      formatBytes(bytes),
      action === 'copy' ? vscode.l10n.t('to copy') : vscode.l10n.t('already present'),
      ...(verdict === undefined ? [] : [withoutIcons(verdictText(verdict))]),
    ].join(' · '),
    iconPath: verdict?.admitted === false ? new vscode.ThemeIcon('error') : artifactIcon(kind),
    value: reference,
  };
}
