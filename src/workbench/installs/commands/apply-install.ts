import * as vscode from 'vscode';

import type { ClusterSession, KubeContext } from '../../../cluster/api.ts';
import { ContextKey } from '../../../contract/contexts.ts';
import { installScheme } from '../../../contract/installs.ts';
import type { DocumentPlace } from '../../../contract/targets.ts';
import { hasCode } from '../../../base/errors.ts';
import { errorSentences, errorText } from '../../errors/error-text.ts';
import { setContext } from '../../view/set-context.ts';
import { withProgress } from '../../progress.ts';
import { confirmInstall } from '../confirm-install.ts';
import type { PlacedInstall } from '../install-documents.ts';
import type { InstallParts } from '../install-parts.ts';
import { installStateOf } from '../install-state.ts';
import { textOf, tryInstall, written } from '../install-trial.ts';
import type { InstallTrial } from '../install-trial.ts';

interface Target {
  readonly context: KubeContext;
  readonly session: ClusterSession;
  readonly namespace: string;
}

/** Applies a PackageInstall of a document and what belongs to it: dry run, one confirmation, then apply. */
export async function applyInstall(parts: InstallParts, place?: DocumentPlace): Promise<void> {
  const placed = await parts.documents.at(place);
  const target = await targetOf(parts, placed);
  if (target === undefined) return;
  const { context, session, namespace } = target;
  const { found } = placed;
  const trial = await withProgress(asking(target), async (signal) => {
    await parts.schemas.ask(found);
    return tryInstall(session, found, namespace, signal);
  });
  const problems = await problemsOf(parts, placed);
  const question = { context: context.name, server: session.serverUrl, found, trial, problems };
  if (!(await confirmInstall(question, parts.diffs))) return;
  const objects = await apply(parts, target, placed, trial);
  const { install } = objects.at(-1) ?? {};
  if (install === undefined) return;
  setContext(ContextKey.hasInstalled, true);
  const { log, observations } = parts;
  log.info(`Applied the PackageInstall ${install.namespace}/${install.name} to ${context.name}`);
  const address = { context: context.name, namespace: install.namespace, name: install.name };
  observations.follow(address, await installStateOf(install));
  // VS Code keeps a backup of unsaved changes on disk; the document itself is only in memory.
  if (placed.document.uri.scheme === installScheme) await placed.document.save();
}

/** Shows what Apply would change. For users with read access only, the difference is computed locally. */
export async function diffInstall(parts: InstallParts, place?: DocumentPlace): Promise<void> {
  const placed = await parts.documents.at(place);
  const target = await targetOf(parts, placed);
  if (target === undefined) return;
  const { context } = target;
  const { before, after, note } = await withProgress(asking(target), (signal) => compare(target, placed, signal));
  const name = placed.found.name?.value ?? '';
  if (before === after) {
    const same = vscode.l10n.t('No changes: {0} in {1} is up to date.', name, context.name);
    void vscode.window.showInformationMessage(note === undefined ? same : `${same} ${note}`);
    return;
  }
  const title = vscode.l10n.t('{0} in {1}: current ↔ after Apply', name, context.name);
  await parts.diffs.open({ title, before, after });
  if (note !== undefined) void vscode.window.showInformationMessage(note);
}

interface Comparison {
  readonly before: string;
  readonly after: string;
  /** Why the result was not, or not completely, computed by the cluster. */
  readonly note?: string;
}

async function compare(target: Target, { found }: PlacedInstall, signal: AbortSignal): Promise<Comparison> {
  const { session, namespace } = target;
  try {
    const { before, after, conflict, namespaceMissing } = await tryInstall(session, found, namespace, signal);
    const note = namespaceMissing
      ? vscode.l10n.t('The namespace {0} does not exist yet. Apply offers to create it.', namespace)
      : conflict && errorText(conflict).message;
    return { before: textOf(before), after: textOf(after), ...(note !== undefined && { note }) };
  } catch (error) {
    if (!hasCode(error, 'cluster.forbidden')) throw error;
    const before = await session.installObjects(found.text, { signal, namespace });
    const note = vscode.l10n.t(
      'Compared without a dry run: no permission to apply there. The cluster may change more.',
    );
    return { before: textOf(before), after: textOf(await written(found, namespace)), note };
  }
}

/** Undefined if the user cancels. @throws packaging.… for a document that cannot be applied, before any question */
async function targetOf(
  { clusters, targets, contexts }: InstallParts,
  placed: PlacedInstall,
): Promise<Target | undefined> {
  const { found } = placed;
  const { readInstall } = await import('../../../packaging/install/read-install.ts');
  readInstall(found.text, 'default');
  const context = (await targets.contextFor(found.context)) ?? (await contexts.choose());
  if (context === undefined) return undefined;
  const session = await clusters.session(context.name);
  return { context, session, namespace: found.namespace?.value ?? context.namespace };
}

/** The errors that diagnostics show for the values, in document order, and whether the Package exists. */
async function problemsOf({ findings }: InstallParts, { document, found }: PlacedInstall): Promise<readonly string[]> {
  const own = (await findings.ofInstall(document, found)).filter(({ severity }) => severity === 'error');
  const { explainFinding } = await import('../../../packaging/documents/finding.ts');
  return [...new Set(own.map((finding) => errorSentences(explainFinding(finding))))];
}

function apply(
  { log }: InstallParts,
  { context, session }: Target,
  { found }: PlacedInstall,
  { namespace, namespaceMissing, conflict }: InstallTrial,
) {
  return withProgress(vscode.l10n.t('Applying to {0}', context.name), async (signal) => {
    if (namespaceMissing) {
      await session.createNamespace(namespace, signal);
      log.info(`Created the namespace ${namespace} in ${context.name}`);
    }
    return session.applyInstall(found.text, { signal, namespace, force: conflict !== undefined });
  });
}

function asking({ context }: Target): string {
  return vscode.l10n.t('Asking {0}', context.name);
}
