import * as vscode from 'vscode';

import type { RepositoryChange } from '../../../cluster/actions-api.ts';
import type { PackageRepositoryTarget } from '../../../contract/clusters.ts';
import { withProgress } from '../../progress.ts';
import type { Clusters } from '../clusters.ts';
import { requireChange } from '../namespace-access.ts';
import type { NamespaceAccess } from '../namespace-access.ts';
import type { RepositoryPicker } from '../repository-picker.ts';
import { workbenchError } from '../../errors/workbench-error.ts';

export interface ChangeRepositoryParts {
  readonly clusters: Clusters;
  readonly picker: RepositoryPicker;
  readonly access: NamespaceAccess;
  readonly log: vscode.LogOutputChannel;
}

/** Reconciles, pauses or resumes a PackageRepository. The view and the lenses show the result. */
export async function changeRepository(
  parts: ChangeRepositoryParts,
  change: RepositoryChange,
  given?: PackageRepositoryTarget,
): Promise<void> {
  const { clusters, picker, access, log } = parts;
  const target = await picker.repository(given, titleOf(change));
  if (target === undefined) return;
  const { context, namespace, name } = target;
  await withProgress(`${titleOf(change)}: ${namespace}/${name}`, async (signal) => {
    await requireChange(access, target, 'PackageRepositories');
    const session = await clusters.session(context);
    await session.changePackageRepository({ namespace, name }, change, signal);
  });
  log.info(`${change}: PackageRepository ${namespace}/${name} in ${context}`);
}

function titleOf(change: RepositoryChange): string {
  const titles = {
    reconcile: vscode.l10n.t('Reconcile Now'),
    pause: vscode.l10n.t('Pause'),
    resume: vscode.l10n.t('Resume'),
  };
  return titles[change];
}

interface OpenRepositoryParts {
  readonly clusters: Clusters;
  readonly picker: RepositoryPicker;
}

/** Opens a PackageRepository of a cluster as an editable document that names its context. */
export async function openRepository(parts: OpenRepositoryParts, given?: PackageRepositoryTarget): Promise<void> {
  const target = await parts.picker.repository(given, vscode.l10n.t('Open as YAML'));
  if (target === undefined) return;
  const { context, namespace, name } = target;
  const session = await parts.clusters.session(context);
  const stored = await withProgress(vscode.l10n.t('Asking {0}', context), (signal) =>
    session.getPackageRepository(namespace, name, signal),
  );
  if (stored === undefined) throw workbenchError('repository-gone', { context, repository: `${namespace}/${name}` });
  const content = `# kube-context: ${context}\n${stored.yaml}`;
  await vscode.window.showTextDocument(await vscode.workspace.openTextDocument({ language: 'yaml', content }));
}
