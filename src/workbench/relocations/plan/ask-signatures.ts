import * as vscode from 'vscode';

import { ATTACHMENT_KINDS, totalOf } from '../../../carvel/attachment-kind.ts';
import type { AttachmentCounts, AttachmentKind } from '../../../carvel/attachment-kind.ts';
import { settingsSection } from '../../../contract/settings.ts';
import type { SettingKey } from '../../../contract/settings.ts';
import type { RelocationOptions } from '../../../relocation/request/request.ts';
import { machineValue } from '../../settings/machine-value.ts';
import type { JobPlan, RelocationJob } from '../relocation-job.ts';

const KEY: SettingKey = 'copySignatures';

/** Whether signatures and other referrers are copied if a relocation's options do not say so. */
export function copySignatures(): 'ask' | 'always' | 'never' {
  const value = machineValue(settingsSection, KEY);
  return value === 'always' || value === 'never' ? value : 'ask';
}

/** The same relocation, with referrers if the setting says `always` and the options say nothing. */
export function withDefaultSignatures(job: RelocationJob): RelocationJob {
  const { referrers, cosignSignatures } = job.request.options ?? {};
  const isOpen = referrers === undefined && cosignSignatures === undefined;
  return isOpen && copySignatures() === 'always' ? withOptions(job, { referrers: true }) : job;
}

export function withReferrers(job: RelocationJob): RelocationJob {
  return withOptions(job, { referrers: true });
}

function withOptions(job: RelocationJob, options: RelocationOptions): RelocationJob {
  const { request } = job;
  return { ...job, request: { ...request, options: { ...request.options, ...options } } };
}

/**
 * Asks whether to copy what the plans leave behind, if nothing was decided yet, and stores the answer in the setting.
 * @returns undefined if the user cancels
 */
export async function askAboutSignatures(plans: readonly JobPlan[]): Promise<'copy' | 'keep plan' | undefined> {
  const open = plans.filter(({ job: { request } }) => {
    const { referrers, cosignSignatures } = request.options ?? {};
    return referrers === undefined && cosignSignatures === undefined;
  });
  const left = sum(open.map(({ view }) => view.attachments.left));
  if (totalOf(left) === 0 || copySignatures() !== 'ask') return 'keep plan';
  const [copy, leave] = [vscode.l10n.t('Copy Them Too'), vscode.l10n.t('Leave Them Behind')];
  const [first] = open;
  const question =
    open.length === 1 && first !== undefined
      ? vscode.l10n.t('Copy the signatures of {0} too?', first.job.name)
      : vscode.l10n.t('Copy the signatures of these {0} relocations too?', open.length);
  const detail = [
    vscode.l10n.t('Not copied so far: {0}', countsText(left)),
    '',
    vscode.l10n.t('A cluster that verifies signatures rejects an image that arrives without them.'),
    vscode.l10n.t(
      'The answer is kept in the setting {0}; the options of a relocation take precedence.',
      `${settingsSection}.${KEY}`,
    ),
  ].join('\n');
  const answer = await vscode.window.showInformationMessage(question, { modal: true, detail }, copy, leave);
  if (answer === undefined) return undefined;
  const value = answer === copy ? 'always' : 'never';
  await vscode.workspace.getConfiguration(settingsSection).update(KEY, value, vscode.ConfigurationTarget.Global);
  return answer === copy ? 'copy' : 'keep plan';
}

function sum(all: readonly AttachmentCounts[]): AttachmentCounts {
  const total: Partial<Record<AttachmentKind, number>> = {};
  for (const kind of ATTACHMENT_KINDS) {
    const count = all.reduce((before, counts) => before + (counts[kind] ?? 0), 0);
    if (count > 0) total[kind] = count;
  }
  return total;
}

/** Such as `Signatures: 2, SBOMs: 1`. */
export function countsText(counts: AttachmentCounts): string {
  const texts: Readonly<Record<AttachmentKind, (count: number) => string>> = {
    signature: (count) => vscode.l10n.t('signatures: {0}', count),
    attestation: (count) => vscode.l10n.t('attestations: {0}', count),
    sbom: (count) => vscode.l10n.t('SBOMs: {0}', count),
    vex: (count) => vscode.l10n.t('VEX statements: {0}', count),
    other: (count) => vscode.l10n.t('other referrers: {0}', count),
  };
  return ATTACHMENT_KINDS.flatMap((kind) => {
    const count = counts[kind] ?? 0;
    return count === 0 ? [] : [texts[kind](count)];
  }).join(', ');
}
