import * as vscode from 'vscode';

import type { KubeContext } from '../../../cluster/api.ts';
import { isContextTarget, isPackageRepositoryTarget } from '../../../contract/clusters.ts';
import type { PackageRepositoryTarget } from '../../../contract/clusters.ts';
import { isDocumentPlace } from '../../../contract/packaging.ts';
import { parseReference, parseRegistryHost } from '../../../oci/reference.ts';
import { isNamespaceName } from '../../../packaging/repository-name.ts';
import type { ApplyTargets } from '../../clusters/apply-targets.ts';
import type { Clusters } from '../../clusters/clusters.ts';
import type { ContextPicker } from '../../clusters/context-picker.ts';
import { hasCode } from '../../errors/airgap-errors.ts';
import { tryOrUndefined } from '../../errors/try-or-undefined.ts';
import { workbenchError } from '../../errors/workbench-error.ts';
import { withProgress } from '../../progress.ts';
import type { PlacedRepository, RepositoryDocuments } from '../repository-documents.ts';

/** What a pull secret is for. */
export interface SecretSubject {
  readonly context: KubeContext;
  readonly namespace: string;
  /** As the cluster names it. */
  readonly registry: string;
  /** Path of the repository; empty where it is for the whole registry. */
  readonly path: string;
  /** The Secret that is named already. */
  readonly secretName?: string;
  /** Where it is to be named: in the cluster, or in a document. */
  readonly repository?: PackageRepositoryTarget;
  readonly placed?: PlacedRepository;
}

export interface SecretSubjectParts {
  readonly clusters: Clusters;
  readonly targets: ApplyTargets;
  readonly contexts: ContextPicker;
  readonly documents: RepositoryDocuments;
}

/** From a node of the view, a document, or by asking. Undefined when the user leaves. */
export async function secretSubject(parts: SecretSubjectParts, given: unknown): Promise<SecretSubject | undefined> {
  const { clusters, targets, contexts, documents } = parts;
  if (isPackageRepositoryTarget(given)) {
    const context = await clusters.context(given.context);
    return context === undefined ? undefined : subjectFromRepository(clusters, context, given);
  }
  const placed = await documentOf(documents, given);
  const context = isContextTarget(given)
    ? await clusters.context(given.context)
    : ((await targets.contextFor(placed?.found.context)) ?? (await contexts.choose()));
  if (context === undefined) return undefined;
  if (placed !== undefined) return subjectFromDocument(context, placed);
  const registry = await askFor(
    vscode.l10n.t('Registry host as used in the cluster, such as registry.example:5000'),
    '',
    (text) => tryOrUndefined(() => parseRegistryHost(text)) !== undefined,
  );
  if (registry === undefined) return undefined;
  const namespace = await askFor(vscode.l10n.t('Namespace of the Secret'), context.namespace, isNamespaceName);
  return namespace === undefined ? undefined : { context, namespace, registry: parseRegistryHost(registry), path: '' };
}

/** The PackageRepository of a lens, or, where the command was run on nothing, the one at the cursor. */
async function documentOf(documents: RepositoryDocuments, given: unknown): Promise<PlacedRepository | undefined> {
  if (isDocumentPlace(given)) return documents.at(given);
  if (isContextTarget(given)) return undefined;
  try {
    return await documents.at(undefined);
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
