import * as vscode from 'vscode';

import type { ClusterSession } from '../../../cluster/api.ts';
import type { DocumentPlace } from '../../../contract/targets.ts';
import type { FoundRepository } from '../../../packaging/documents/find-documents.ts';
import type { ApplyTargets } from '../../clusters/apply-targets.ts';
import type { Clusters } from '../../clusters/clusters.ts';
import type { ContextPicker } from '../../clusters/context-picker.ts';
import { hasCode } from '../../../base/errors.ts';
import { errorText } from '../../errors/error-text.ts';
import { workbenchError } from '../../errors/workbench-error.ts';
import { withProgress } from '../../progress.ts';
import { tryApply } from '../apply-trial.ts';
import type { DiffDocuments } from '../diff-documents.ts';
import { placedRepository } from '../repository-documents.ts';
import type { CarvelDocuments } from '../../editor/carvel-documents.ts';

export interface DiffRepositoryParts {
  readonly documents: CarvelDocuments;
  readonly clusters: Clusters;
  readonly targets: ApplyTargets;
  readonly contexts: ContextPicker;
  readonly diffs: DiffDocuments;
}

/** The current object, the object after Apply, and an optional note. */
interface Comparison {
  readonly before: string;
  readonly after: string;
  /** Explains why the result was not, or not completely, computed by the cluster. */
  readonly note?: string;
}

/** Shows what Apply would change. For users with read access only, the difference is computed locally. */
export async function diffRepository(parts: DiffRepositoryParts, place?: DocumentPlace): Promise<void> {
  const { documents, clusters, targets, contexts, diffs } = parts;
  const { document, found } = await placedRepository(documents, place);
  if (found.oldApiVersion) throw workbenchError('old-api-version', { apiVersion: found.apiVersion.value });
  const context = (await targets.contextFor(found.context)) ?? (await contexts.choose());
  if (context === undefined) return;
  const session = await clusters.session(context.name);
  const namespace = found.namespace?.value ?? context.namespace;
  const { before, after, note } = await withProgress(vscode.l10n.t('Asking {0}', context.name), (signal) =>
    compare(session, found, namespace, signal),
  );
  const name = found.name?.value ?? '';
  if (before === after) {
    const same = vscode.l10n.t('No changes: {0} in {1} is up to date.', name, context.name);
    void vscode.window.showInformationMessage(note === undefined ? same : `${same} ${note}`);
    return;
  }
  const title = vscode.l10n.t('{0} in {1}: current ↔ after Apply', name, context.name);
  const applies = { uri: document.uri.toString(), line: found.place.line };
  await diffs.open({ title, before, after, applies });
  if (note !== undefined) void vscode.window.showInformationMessage(note);
}

async function compare(
  session: ClusterSession,
  found: FoundRepository,
  namespace: string,
  signal: AbortSignal,
): Promise<Comparison> {
  const { overlaidYaml } = await import('../../../packaging/repository-yaml.ts');
  try {
    const { before, after, conflict, namespaceMissing } = await tryApply(session, found, namespace, signal);
    const note = namespaceMissing
      ? vscode.l10n.t('The namespace {0} does not exist yet. Apply offers to create it.', namespace)
      : conflict && errorText(conflict).message;
    return {
      before: before?.yaml ?? '',
      after: after?.yaml ?? overlaidYaml(before?.yaml, found.text, namespace),
      ...(note !== undefined && { note }),
    };
  } catch (error) {
    if (!hasCode(error, 'cluster.forbidden')) throw error;
    const stored = await session.getPackageRepository(namespace, found.name?.value ?? '', signal);
    return {
      before: stored?.yaml ?? '',
      after: overlaidYaml(stored?.yaml, found.text, namespace),
      note: vscode.l10n.t('Compared without a dry run: no permission to apply there. The cluster may change more.'),
    };
  }
}
