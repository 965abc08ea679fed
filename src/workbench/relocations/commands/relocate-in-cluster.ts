import * as vscode from 'vscode';

import { isImageTarget } from '../../../contract/targets.ts';
import type { ImageTarget } from '../../../contract/targets.ts';
import type { ImagePicker } from '../../registries/image-picker.ts';
import { workbenchError } from '../../errors/workbench-error.ts';
import type { RelocationRecord } from '../list/record.ts';
import { clusterQuestions } from '../wizard/cluster-questions.ts';
import type { ClusterQuestionParts } from '../wizard/cluster-questions.ts';
import type { RelocationWizard } from '../wizard/relocation-wizard.ts';

export interface RelocateInClusterParts extends ClusterQuestionParts {
  readonly images: ImagePicker;
  readonly wizard: RelocationWizard;
}

/** Relocates an image or bundle in the pods of a Job. */
export async function relocateInCluster(parts: RelocateInClusterParts, given?: ImageTarget): Promise<void> {
  if (isImageTarget(given)) return parts.wizard.ask(clusterQuestions(parts, undefined), { source: { image: given } });
  return parts.wizard.ask(clusterQuestions(parts, parts.images), { source: {} });
}

/** Copies the command that shows the Job of a relocation, its pods and why they wait. */
export async function copyJobCommand({ name, cluster }: RelocationRecord): Promise<void> {
  if (cluster === undefined) throw workbenchError('not-in-cluster', { name });
  const { context, namespace, job } = cluster;
  const own = ['--context', context, '-n', namespace].map(shellWord).join(' ');
  await vscode.env.clipboard.writeText(`kubectl ${own} describe job ${shellWord(job)}`);
  vscode.window.setStatusBarMessage(vscode.l10n.t('$(check) Copied the kubectl command'), 3000);
}

/** A word of a POSIX shell. */
function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
