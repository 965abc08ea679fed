import * as vscode from 'vscode';

import { formatBytes, parseSize } from '../../../base/format.ts';
import { hasCode, tryOrUndefined } from '../../../base/errors.ts';
import { VERSION } from '../../../base/version.ts';
import type { ClusterPlace } from '../../../jobs/cluster-engine.ts';
import { parseReference } from '../../../oci/reference.ts';
import type { Clusters } from '../../clusters/clusters.ts';
import type { ApplyTargets } from '../../clusters/apply-targets.ts';
import { workbenchError } from '../../errors/workbench-error.ts';
import { askText } from '../../picks/ask-text.ts';
import { back, pick, SIDE_STEP } from '../../picks/pick.ts';
import type { Choice } from '../../picks/pick.ts';
import type { Step } from '../../picks/steps.ts';
import type { ImagePicker } from '../../registries/image-picker.ts';
import { jobImage } from '../../settings/job-image-setting.ts';
import { withoutIcons } from '../../text/formatting.ts';
import type { DestinationPicker } from './destination-picker.ts';
import { destinationStep, imageQuestions } from './image-questions.ts';
import type { RelocationDraft } from './image-questions.ts';
import type { RecentPlaces } from './recent-places.ts';
import type { WizardQuestions } from './relocation-wizard.ts';

/** As many as one machine copies large blobs at once. */
const PODS = 6;
const MOST_PODS = 1000;

export interface ClusterDraft extends RelocationDraft {
  readonly place?: Partial<ClusterPlace>;
}

export interface ClusterQuestionParts {
  readonly destinations: DestinationPicker;
  readonly clusters: Clusters;
  readonly targets: ApplyTargets;
  readonly recent: RecentPlaces;
}

/**
 * The questions for relocating in the pods of a Job: what, where to, and where and how the pods run.
 * @param images asks for the image first, if given
 */
export function clusterQuestions(
  parts: ClusterQuestionParts,
  images: ImagePicker | undefined,
): WizardQuestions<ClusterDraft> {
  const title = vscode.l10n.t('Relocate in Cluster');
  const own = [
    destinationStep<ClusterDraft>(parts.destinations, true),
    contextStep(parts, title),
    namespaceStep(parts, title),
    imageStep(parts, title),
    podsStep(parts, title),
  ];
  const { jobs } = imageQuestions(parts.destinations, undefined);
  return {
    steps: (draft) => [...(images?.steps(title, draft, 'source') ?? []), ...own],
    jobs: (draft) => {
      const cluster = complete(draft.place);
      return cluster === undefined ? [] : jobs(draft).map((job) => ({ ...job, cluster }));
    },
  };
}

function complete({ context, namespace, image, pods, bandwidth }: Partial<ClusterPlace> = {}):
  ClusterPlace | undefined {
  if (context === undefined || namespace === undefined || image === undefined || pods === undefined) return undefined;
  return { context, namespace, image, pods, ...(bandwidth === undefined ? {} : { bandwidth }) };
}

/** The last place, or the last one in a context. */
function lastIn({ recent }: ClusterQuestionParts, context?: string): ClusterPlace | undefined {
  return recent.all().find((place) => context === undefined || place.context === context);
}

function contextStep(parts: ClusterQuestionParts, title: string): Step<ClusterDraft> {
  const { clusters, targets } = parts;
  return async (draft, step) => {
    const { contexts, problems } = await clusters.kubeconfig();
    if (contexts.length === 0) throw problems[0] ?? workbenchError('no-context');
    const current = draft.place?.context ?? lastIn(parts)?.context ?? (await targets.context())?.name;
    const answer = await pick<string>({
      title,
      place: step,
      placeholder: vscode.l10n.t('Choose the cluster whose pods copy; it must reach both registries'),
      choices: () =>
        Promise.resolve(
          contexts.map(({ name, server }) => ({
            label: withoutIcons(name),
            description: withoutIcons(server ?? ''),
            iconPath: new vscode.ThemeIcon('server-environment'),
            value: name,
          })),
        ),
      isCurrent: (value) => value === current,
    });
    if (answer === back || answer === undefined) return answer;
    const { context, namespace: _, ...kept } = draft.place ?? {};
    return { ...draft, place: context === answer ? { ...draft.place } : { ...kept, context: answer } };
  };
}

function namespaceStep(parts: ClusterQuestionParts, title: string): Step<ClusterDraft> {
  return async (draft, step) => {
    const { context = '' } = draft.place ?? {};
    const { isNamespaceName } = await import('../../../packaging/repository-name.ts');
    const session = await parts.clusters.session(context);
    const current = draft.place?.namespace ?? lastIn(parts, context)?.namespace ?? session.defaultNamespace;
    const answer = await pick<string>({
      title,
      place: step,
      placeholder: vscode.l10n.t('Choose or enter the namespace of {0} in which the Job runs', context),
      choices: async (signal) => {
        const names = await session.namespaces(signal).catch((error: unknown) => {
          if (!hasCode(error, 'cluster.forbidden')) throw error;
          return [current];
        });
        return names.map(namespaceChoice);
      },
      typed: (text) => (isNamespaceName(text) ? [{ ...namespaceChoice(text), alwaysShow: true }] : []),
      isCurrent: (value) => value === current,
    });
    return typeof answer === 'string' ? { ...draft, place: { ...draft.place, namespace: answer } } : answer;
  };
}

function namespaceChoice(namespace: string): Choice<string> {
  return { label: namespace, iconPath: new vscode.ThemeIcon('symbol-namespace'), value: namespace };
}

function imageStep(parts: ClusterQuestionParts, title: string): Step<ClusterDraft> {
  return async (draft, step) => {
    const registry = draft.destination?.place.name.split('/')[0] ?? '';
    const pushed = `${registry}/carvel-airgap:${VERSION}`;
    const known = [
      ...(draft.place?.image === undefined ? [] : [{ image: draft.place.image, why: '' }]),
      ...[jobImage()].flatMap((image) =>
        image === undefined ? [] : [{ image, why: vscode.l10n.t('from the settings') }],
      ),
      ...parts.recent.all().map(({ image }) => ({ image, why: vscode.l10n.t('used before') })),
      { image: pushed, why: vscode.l10n.t('if it was pushed there') },
    ];
    const unique = known.filter(({ image }, index) => known.findIndex((each) => each.image === image) === index);
    const answer = await pick<string>({
      title,
      place: step,
      placeholder: vscode.l10n.t('Choose or enter the image of the command line, which the pods run'),
      choices: () =>
        Promise.resolve([
          ...unique.map(({ image, why }) => ({ ...imageChoice(image), description: why })),
          {
            label: vscode.l10n.t('Push the Image…'),
            description: vscode.l10n.t('with carvel-airgap image push, in a terminal'),
            iconPath: new vscode.ThemeIcon('terminal'),
            action: () => Promise.resolve(showPush(registry)),
          },
        ]),
      typed: (text) => (isImage(text) ? [{ ...imageChoice(text), alwaysShow: true }] : []),
    });
    return typeof answer === 'string' ? { ...draft, place: { ...draft.place, image: answer } } : answer;
  };
}

function imageChoice(image: string): Choice<string> {
  return { label: image, iconPath: new vscode.ThemeIcon('package'), value: image };
}

function isImage(text: string): boolean {
  const reference = tryOrUndefined(() => parseReference(text));
  return reference !== undefined && text.includes('/');
}

/** The user runs it: the command line has its own credentials, and builds the image from the Node that runs it. */
function showPush(registry: string): void {
  const terminal = vscode.window.createTerminal({ name: 'carvel-airgap' });
  terminal.show(true);
  terminal.sendText(`carvel-airgap image push ${registry}/carvel-airgap`, false);
}

function podsStep(parts: ClusterQuestionParts, title: string): Step<ClusterDraft> {
  return async (draft, step) => {
    const last = lastIn(parts, draft.place?.context);
    let { pods = last?.pods ?? PODS, bandwidth } = draft.place ?? {};
    for (;;) {
      const answer = await pick<'go' | 'pods' | 'bandwidth'>({
        title,
        place: step,
        placeholder: vscode.l10n.t('Enter to plan the relocation'),
        choices: () => Promise.resolve(podChoices(pods, bandwidth)),
        isCurrent: (value) => value === 'go',
      });
      if (answer === back || answer === undefined) return answer;
      if (answer === 'go') {
        const place = { ...draft.place, pods, ...(bandwidth === undefined ? {} : { bandwidth }) };
        const all = complete(place);
        if (all !== undefined) await parts.recent.add(all);
        return { ...draft, place };
      }
      const changed = answer === 'pods' ? await askPods(title, pods) : await askBandwidth(title, bandwidth);
      if (changed === undefined) return undefined;
      if (changed === back) continue;
      if (answer === 'pods') pods = Number(changed);
      else bandwidth = parseSize(changed) || undefined;
    }
  };
}

function podChoices(pods: number, bandwidth: number | undefined): Choice<'go' | 'pods' | 'bandwidth'>[] {
  const limit =
    bandwidth === undefined
      ? vscode.l10n.t('no limit')
      : vscode.l10n.t('{0}/s, all pods together', formatBytes(bandwidth));
  return [
    { label: vscode.l10n.t('Plan the Relocation'), iconPath: new vscode.ThemeIcon('play'), value: 'go' },
    { label: vscode.l10n.t('Pods: {0}', pods), iconPath: new vscode.ThemeIcon('layers'), value: 'pods' },
    { label: vscode.l10n.t('Bandwidth: {0}', limit), iconPath: new vscode.ThemeIcon('dashboard'), value: 'bandwidth' },
  ];
}

function askPods(title: string, pods: number): Promise<string | typeof back | undefined> {
  return askText({
    title,
    prompt: vscode.l10n.t('Pods that copy, besides the one that finishes; never more than blobs'),
    value: String(pods),
    place: SIDE_STEP,
    problem: (text) =>
      /^[1-9]\d*$/.test(text) && Number(text) <= MOST_PODS
        ? undefined
        : vscode.l10n.t('A number from 1 to {0}.', MOST_PODS),
  });
}

function askBandwidth(title: string, bandwidth: number | undefined): Promise<string | typeof back | undefined> {
  return askText({
    title,
    prompt: vscode.l10n.t('Bytes per second of all pods together, such as 20MB; 0 for no limit'),
    value: bandwidth === undefined ? '0' : String(bandwidth),
    place: SIDE_STEP,
    problem: (text) =>
      parseSize(text) === undefined ? vscode.l10n.t('A number with a unit, such as 650MB or 4GiB.') : undefined,
  });
}
