import * as vscode from 'vscode';

import type { ClusterSession, KubeContext } from '../../../cluster/api.ts';
import { ContextKey } from '../../../contract/contexts.ts';
import type { DocumentPlace } from '../../../contract/targets.ts';
import type { FoundRepository } from '../../../packaging/documents/find-documents.ts';
import type { ReconcileState } from '../../../packaging/reconcile-state.ts';
import type { PackageRepository } from '../../../packaging/package-repository.ts';
import type { ConflictingRepository } from '../../../packaging/conflicting-repositories.ts';
import type { Audits } from '../../audit/audits.ts';
import type { ApplyTargets } from '../../clusters/apply-targets.ts';
import type { Clusters } from '../../clusters/clusters.ts';
import type { ContextPicker } from '../../clusters/context-picker.ts';
import type { NamespaceAccess } from '../../clusters/namespace-access.ts';
import { requireChange } from '../../clusters/namespace-access.ts';
import type { DocumentFindings } from '../../editor/document-findings.ts';
import { setContext } from '../../view/set-context.ts';
import { errorSentences } from '../../errors/error-text.ts';
import { workbenchError } from '../../errors/workbench-error.ts';
import { withProgress } from '../../progress.ts';
import { tryApply } from '../apply-trial.ts';
import type { ApplyTrial } from '../apply-trial.ts';
import { askAboutConflict } from '../ask-about-conflict.ts';
import { confirmApply, imageOf } from '../confirm-apply.ts';
import type { DiffDocuments } from '../diff-documents.ts';
import type { FindConflicts } from '../find-conflicts.ts';
import type { Observations } from '../observations.ts';
import { renameRepository, placedRepository } from '../repository-documents.ts';
import type { CarvelDocuments } from '../../editor/carvel-documents.ts';
import type { PlacedRepository } from '../repository-documents.ts';
import type { Retargeted } from '../retarget-check.ts';

export interface ApplyRepositoryParts {
  readonly documents: CarvelDocuments;
  readonly clusters: Clusters;
  readonly targets: ApplyTargets;
  readonly contexts: ContextPicker;
  readonly access: NamespaceAccess;
  readonly observations: Observations<ReconcileState>;
  readonly diffs: DiffDocuments;
  readonly conflicts: FindConflicts;
  /** Checks in the background whether the Packages use the new location. */
  readonly checkRetargeted: (session: ClusterSession, retargeted: Retargeted) => Promise<void>;
  readonly findings: DocumentFindings;
  readonly audits: Pick<Audits, 'get'>;
  readonly log: vscode.LogOutputChannel;
}

interface Target {
  readonly context: KubeContext;
  readonly session: ClusterSession;
  readonly namespace: string;
}

/** Applies a PackageRepository of a document to the selected cluster: dry run, one confirmation, then apply. */
export async function applyRepository(parts: ApplyRepositoryParts, place?: DocumentPlace): Promise<void> {
  const { documents, clusters, targets, contexts, access } = parts;
  const placed = await placedRepository(documents, place);
  const { found } = placed;
  if (found.oldApiVersion) throw workbenchError('old-api-version', { apiVersion: found.apiVersion.value });
  // A document that cannot be applied is rejected before any question.
  const { readRepositoryDocument } = await import('../../../packaging/read-document.ts');
  readRepositoryDocument(found.text);
  const context = (await targets.contextFor(found.context)) ?? (await contexts.choose());
  if (context === undefined) return;
  const session = await clusters.session(context.name);
  const namespace = found.namespace?.value ?? context.namespace;
  const target = { context, session, namespace };
  const conflict = await withProgress(asking(target), async (signal) => {
    await requireChange(access, { context: context.name, namespace }, 'PackageRepositories');
    return (await parts.conflicts.find(session, namespace, found, signal))[0];
  });
  const settled = conflict === undefined ? placed : await resolveConflict(parts, placed, conflict);
  if (settled !== undefined) await tryThenApply(parts, target, settled);
}

/** Returns the document to apply after the user decided about the conflicting repository. */
async function resolveConflict(
  parts: ApplyRepositoryParts,
  placed: PlacedRepository,
  conflict: ConflictingRepository,
): Promise<PlacedRepository | undefined> {
  const answer = await askAboutConflict(placed.found.name?.value ?? '', conflict);
  if (answer !== 'retarget') return answer === 'anyway' ? placed : undefined;
  await renameRepository(placed, conflict.repository.name);
  const { document, found } = placed;
  return placedRepository(parts.documents, { uri: document.uri.toString(), line: found.place.line });
}

async function tryThenApply(parts: ApplyRepositoryParts, target: Target, placed: PlacedRepository): Promise<void> {
  const { found } = placed;
  const { context, session, namespace } = target;
  const trial = await withProgress(asking(target), (signal) => tryApply(session, found, namespace, signal));
  const problems = await problemsOf(parts, placed);
  const audit = found.image && parts.audits.get(found.image.value);
  const question = { context: context.name, server: session.serverUrl, found, trial, problems, audit };
  if (!(await confirmApply(question, parts.diffs))) return;
  const repository = await apply(parts, target, found, trial);
  const { log, observations, checkRetargeted } = parts;
  log.info(`Applied the PackageRepository ${repository.namespace}/${repository.name} to ${context.name}`);
  const address = { context: context.name, namespace: repository.namespace, name: repository.name };
  const { reconcileState } = await import('../../../packaging/reconcile-state.ts');
  setContext(ContextKey.hasApplied, true);
  observations.follow(address, reconcileState(repository, Date.now()));
  const [before, after] = [imageOf(trial.before), imageOf({ repository, yaml: '' })];
  if (before === undefined || after === undefined || before === after) return;
  const { generation = 0 } = repository;
  void checkRetargeted(session, { ...address, generation, before, after, text: found.text });
}

/** The errors that diagnostics show for the document, in document order. */
async function problemsOf(
  parts: ApplyRepositoryParts,
  { document, found: { place } }: PlacedRepository,
): Promise<readonly string[]> {
  const findings = await parts.findings.of(document);
  const own = findings.filter(
    (finding) => finding.severity === 'error' && finding.place.start >= place.start && finding.place.start < place.end,
  );
  own.sort((a, b) => a.place.start - b.place.start);
  const { explainFinding } = await import('../../../packaging/documents/finding.ts');
  return [...new Set(own.map((finding) => errorSentences(explainFinding(finding))))];
}

function apply(
  parts: ApplyRepositoryParts,
  { context, session }: Target,
  found: FoundRepository,
  { namespace, namespaceMissing, conflict }: ApplyTrial,
): Promise<PackageRepository> {
  const title = vscode.l10n.t('Applying to {0}', context.name);
  return withProgress(title, async (signal) => {
    if (namespaceMissing) {
      await session.createNamespace(namespace, signal);
      parts.log.info(`Created the namespace ${namespace} in ${context.name}`);
    }
    const options = { signal, namespace, force: conflict !== undefined };
    return (await session.applyPackageRepository(found.text, options)).repository;
  });
}

function asking({ context }: Target): string {
  return vscode.l10n.t('Asking {0}', context.name);
}
