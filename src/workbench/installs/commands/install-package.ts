import * as vscode from 'vscode';

import type { KubeContext } from '../../../cluster/api.ts';
import { isContextTarget } from '../../../contract/clusters.ts';
import type { ContextTarget, PackageTarget } from '../../../contract/clusters.ts';
import { isPackageTarget } from '../../../contract/installs.ts';
import { isDocumentPlace } from '../../../contract/targets.ts';
import type { DocumentPlace } from '../../../contract/targets.ts';
import type { InstallPlan } from '../../../packaging/install/install-document.ts';
import type { PackageDetails } from '../../../packaging/install/package-details.ts';
import { workbenchError } from '../../errors/workbench-error.ts';
import { runSteps } from '../../picks/steps.ts';
import { withProgress } from '../../progress.ts';
import type { InstallParts } from '../install-parts.ts';
import { nameStep, namespaceStep, packageStep, rightsStep, versionStep } from '../install-questions.ts';
import type { InstallDraft, InstallSubject } from '../install-questions.ts';

/** Asks what to install, and opens one YAML document that does it. Nothing is sent before the user applies it. */
export async function installPackage(
  parts: InstallParts,
  given?: PackageTarget | ContextTarget | DocumentPlace,
): Promise<void> {
  const start = await startOf(parts, given);
  if (start === undefined) return;
  const { context, draft } = start;
  const subject = await subjectOf(parts, context, draft);
  const isAsked = draft.refName === undefined;
  const answered = await runSteps<InstallDraft>(draft, (current) => [
    ...(isAsked ? [packageStep(subject)] : []),
    versionStep(subject),
    ...(isBound(current, subject) ? [] : [namespaceStep(subject)]),
    nameStep(subject),
    rightsStep(subject),
  ]);
  if (answered === undefined) return;
  const { refName = '', version = '', namespace, name = '', rights = { kind: 'namespace' } } = answered;
  if (namespace === undefined) return;
  const details = await withProgress(asking(context), (signal) =>
    subject.session.packageDetails(namespace, { refName, version }, signal),
  );
  if (details === undefined) throw notThere(context, answered, namespace);
  await parts.schemas.note(context.name, namespace, details);
  await openDocument(parts, details, {
    context: context.name,
    namespace,
    name,
    refName,
    constraints: version,
    rights,
  });
}

/** Whether the chosen Package can be installed in its own namespace only. */
function isBound({ packageNamespace }: InstallDraft, { globalNamespace }: InstallSubject): boolean {
  return packageNamespace !== undefined && packageNamespace !== globalNamespace;
}

interface Start {
  readonly context: KubeContext;
  readonly draft: InstallDraft;
}

async function startOf(parts: InstallParts, given: unknown): Promise<Start | undefined> {
  const { targets, contexts, documents } = parts;
  if (isPackageTarget(given)) {
    const { namespace, refName, version } = given.package;
    const context = await targets.contextFor(given.context);
    return context && { context, draft: { refName, version, packageNamespace: namespace } };
  }
  if (isContextTarget(given)) {
    const context = await targets.contextFor(given.context);
    return context && { context, draft: {} };
  }
  const found = isDocumentPlace(given) ? await documents.packageAt(given) : undefined;
  const context = (await targets.contextFor(found?.context)) ?? (await contexts.choose());
  if (context === undefined) return undefined;
  return { context, draft: found === undefined ? {} : { refName: found.refName, version: found.version } };
}

/** @throws workbench.no-packages, or workbench.package-not-there for a Package that the cluster does not have */
async function subjectOf(
  { clusters }: InstallParts,
  context: KubeContext,
  draft: InstallDraft,
): Promise<InstallSubject> {
  const session = await clusters.session(context.name);
  const subject = await withProgress(asking(context), async (signal) => {
    const [packages, installs, { globalNamespace }] = await Promise.all([
      session.packages(undefined, signal),
      // They only add notes to the choices.
      session.packageInstalls(undefined, signal).catch(() => []),
      session.health(signal),
    ]);
    return { context: context.name, session, packages, installs, globalNamespace };
  });
  if (subject.packages.length === 0) throw workbenchError('no-packages', { context: context.name });
  const isThere = subject.packages.some(({ refName }) => refName === (draft.refName ?? refName));
  if (!isThere) throw notThere(context, draft, context.namespace);
  return subject;
}

function notThere({ name }: KubeContext, { refName = '', version = '' }: InstallDraft, namespace: string): Error {
  return workbenchError('package-not-there', { context: name, package: `${refName} ${version}`, namespace });
}

function asking({ name }: KubeContext): string {
  return vscode.l10n.t('Asking {0}', name);
}

async function openDocument({ files }: InstallParts, details: PackageDetails, plan: InstallPlan): Promise<void> {
  const { parseValuesSchema } = await import('../../../packaging/install/values-schema.ts');
  const { valuesDocument } = await import('../../../packaging/install/values-document.ts');
  const { installDocument } = await import('../../../packaging/install/install-document.ts');
  const { findInstalls } = await import('../../../packaging/install/find-installs.ts');
  const schema = parseValuesSchema(details.valuesSchema);
  const values = schema === undefined ? '' : valuesDocument(schema);
  const text = installDocument({ ...plan, ...(values !== '' && { values }) });
  // The values are what the user edits; without any, there is only the PackageInstall to look at.
  const [found] = findInstalls(text);
  await files.open(`${plan.name}.yml`, text, found?.values[0]?.start ?? 0);
}
