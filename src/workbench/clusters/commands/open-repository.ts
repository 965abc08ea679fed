import * as vscode from 'vscode';

import type { PackageRepositoryTarget } from '../../../contract/clusters.ts';
import { workbenchError } from '../../errors/workbench-error.ts';
import { withProgress } from '../../progress.ts';
import type { Clusters } from '../clusters.ts';
import type { RepositoryPicker } from '../repository-picker.ts';

export interface OpenRepositoryParts {
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
