import * as vscode from 'vscode';

import type { KubeContext } from '../../../cluster/api.ts';
import { isContextTarget, isPackageRepositoryTarget, isPullSecretTarget } from '../../../contract/clusters.ts';
import type { PackageRepositoryTarget } from '../../../contract/clusters.ts';
import { isPackageInstallTarget } from '../../../contract/installs.ts';
import type { PackageInstallTarget } from '../../../contract/installs.ts';
import { isDocumentPlace } from '../../../contract/targets.ts';
import { parseReference, parseRegistryHost } from '../../../oci/reference.ts';
import { isNamespaceName } from '../../../packaging/repository-name.ts';
import type { ApplyTargets } from '../../clusters/apply-targets.ts';
import type { Clusters } from '../../clusters/clusters.ts';
import type { ContextPicker } from '../../clusters/context-picker.ts';
import { hasCode, tryOrUndefined } from '../../../base/errors.ts';
import { workbenchError } from '../../errors/workbench-error.ts';
import { withProgress } from '../../progress.ts';
import { placedRepository } from '../repository-documents.ts';
import type { CarvelDocuments } from '../../editor/carvel-documents.ts';
import type { PlacedRepository } from '../repository-documents.ts';

export interface SecretSubject {
  readonly context: KubeContext;
  readonly namespace: string;
  /** The host name that the cluster uses. */
  readonly registry: string;
  /** The repository path; empty for the entire registry. */
  readonly path: string;
  /** The name of the Secret that is already referenced. */
  readonly secretName?: string;
  /** Where the Secret is to be referenced: in a cluster or in a document. */
  readonly repository?: PackageRepositoryTarget;
  readonly placed?: PlacedRepository;
  /** The PackageInstall that needs it, with the fetch step, counted from 0. */
  readonly install?: { readonly name: string; readonly step: number };
}

export interface SecretSubjectParts {
  readonly clusters: Clusters;
  readonly targets: ApplyTargets;
  readonly contexts: ContextPicker;
  readonly documents: CarvelDocuments;
}

/** Determines the subject from a tree node, a document or the user. Returns undefined if the user cancels. */
export async function secretSubject(parts: SecretSubjectParts, given: unknown): Promise<SecretSubject | undefined> {
  const { clusters, targets, contexts, documents } = parts;
  if (isPackageRepositoryTarget(given)) {
    const context = await targets.contextFor(given.context);
    return context === undefined ? undefined : subjectFromRepository(clusters, context, given);
  }
  if (isPullSecretTarget(given)) {
    const context = await clusters.context(given.context);
    const registry = given.registry === '' ? await askRegistry() : given.registry;
    if (context === undefined || registry === undefined) return undefined;
    const { namespace, secretName, install } = given;
    return {
      context,
      namespace,
      registry,
      path: '',
      ...(secretName !== undefined && { secretName }),
      ...(install !== undefined && { install }),
    };
  }
  if (isPackageInstallTarget(given)) {
    const context = await clusters.context(given.context);
    return context && subjectFromInstall(clusters, context, given);
  }
  const placed = await documentOf(documents, given);
  const context = isContextTarget(given)
    ? await targets.contextFor(given.context)
    : ((await targets.contextFor(placed?.found.context)) ?? (await contexts.choose()));
  if (context === undefined) return undefined;
  if (placed !== undefined) return subjectFromDocument(context, placed);
  const registry = await askRegistry();
  if (registry === undefined) return undefined;
  const namespace = await askFor(vscode.l10n.t('Namespace of the Secret'), context.namespace, isNamespaceName);
  return namespace === undefined ? undefined : { context, namespace, registry, path: '' };
}

async function askRegistry(): Promise<string | undefined> {
  const registry = await askFor(
    vscode.l10n.t('Registry host as used in the cluster, such as registry.example:5000'),
    '',
    (text) => tryOrUndefined(() => parseRegistryHost(text)) !== undefined,
  );
  return registry === undefined ? undefined : parseRegistryHost(registry);
}

/** The PackageRepository of a lens or, without one, the PackageRepository at the cursor. */
async function documentOf(documents: CarvelDocuments, given: unknown): Promise<PlacedRepository | undefined> {
  if (isDocumentPlace(given)) return placedRepository(documents, given);
  if (isContextTarget(given)) return undefined;
  try {
    return await placedRepository(documents, undefined);
  } catch (error) {
    if (hasCode(error, 'workbench.no-repository-here')) return undefined;
    throw error;
  }
}

async function subjectFromRepository(
  clusters: Clusters,
  context: KubeContext,
  repository: PackageRepositoryTarget,
): Promise<SecretSubject> {
  const { namespace, name } = repository;
  const session = await clusters.session(context.name);
  const stored = await withProgress(vscode.l10n.t('Asking {0}', context.name), (signal) =>
    session.getPackageRepository(namespace, name, signal),
  );
  const source = stored?.repository.source;
  if (source?.kind !== 'imgpkgBundle') throw workbenchError('no-bundle-source', { name });
  const { secretName } = source;
  return { context, namespace, ...place(source.image), repository, ...(secretName !== undefined && { secretName }) };
}

/** The registry of the first image that its Package fetches. */
async function subjectFromInstall(
  clusters: Clusters,
  context: KubeContext,
  { install }: PackageInstallTarget,
): Promise<SecretSubject | undefined> {
  const session = await clusters.session(context.name);
  const fetches = await withProgress(vscode.l10n.t('Asking {0}', context.name), async (signal) => {
    const { refName, attempted, version } = (await session.getPackageInstall(install, signal))?.install ?? {};
    const wanted = attempted ?? version;
    if (refName === undefined || wanted === undefined) return [];
    const details = await session.packageDetails(install.namespace, { refName, version: wanted }, signal);
    return details?.package.template.fetches ?? [];
  });
  const step = fetches.findIndex(({ kind }) => kind === 'imgpkgBundle' || kind === 'image');
  const source = fetches[step]?.source;
  const found = source === undefined ? undefined : tryOrUndefined(() => place(source));
  const registry = found?.registry ?? (await askRegistry());
  if (registry === undefined) return undefined;
  const { name, namespace } = install;
  return { context, namespace, registry, path: found?.path ?? '', install: { name, step: Math.max(0, step) } };
}

function subjectFromDocument(context: KubeContext, placed: PlacedRepository): SecretSubject {
  const { found } = placed;
  if (found.image === undefined) throw workbenchError('no-bundle-source', { name: found.name?.value ?? '' });
  const { secretName, namespace } = found;
  return {
    context,
    namespace: namespace?.value ?? context.namespace,
    ...place(found.image.value),
    placed,
    ...(secretName && { secretName: secretName.value }),
  };
}

/** @throws oci.reference-invalid */
function place(image: string): { registry: string; path: string } {
  const { registry, path } = parseReference(image);
  return { registry, path };
}

export async function askFor(
  prompt: string,
  value: string,
  fits: (text: string) => boolean,
): Promise<string | undefined> {
  const title = vscode.l10n.t('Create Pull Secret');
  const validateInput = (text: string) => (fits(text.trim()) ? undefined : prompt);
  return (await vscode.window.showInputBox({ title, prompt, value, validateInput, ignoreFocusOut: true }))?.trim();
}
