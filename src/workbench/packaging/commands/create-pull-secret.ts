import * as vscode from 'vscode';

import { abortError, hasCode } from '../../../base/errors.ts';
import type { ClusterSession } from '../../../cluster/api.ts';
import type { Credential, CredentialProvider } from '../../../oci/auth/credentials.ts';
import type { PullSecret } from '../../../packaging/pull-secret.ts';
import { isObjectName, repositoryName } from '../../../packaging/repository-name.ts';
import { errorSentences } from '../../errors/error-text.ts';
import { workbenchError } from '../../errors/workbench-error.ts';
import type { SecretAddress } from '../../editor/secret-facts.ts';
import { withProgress } from '../../progress.ts';
import { askOverEditor } from '../ask-over-editor.ts';
import type { DiffDocuments } from '../diff-documents.ts';
import { askLogin } from '../pull-secret/secret-login.ts';
import { askSecretScope } from '../pull-secret/secret-scope.ts';
import { askFor, secretSubject } from '../pull-secret/secret-subject.ts';
import type { SecretSubject, SecretSubjectParts } from '../pull-secret/secret-subject.ts';

export interface CreatePullSecretParts extends SecretSubjectParts {
  readonly credentials: CredentialProvider;
  /** Maps the host name that the cluster uses for a registry to the one that this machine uses. */
  readonly hostFor: (clusterHost: string) => string;
  readonly noteSecret: (credential: Credential) => void;
  readonly diffs: DiffDocuments;
  /** Called after a Secret was created or changed. */
  readonly applied: (secret: SecretAddress) => void;
  readonly log: vscode.LogOutputChannel;
}

/**
 * Creates a Secret with registry credentials for kapp-controller. The password goes directly from its source to the cluster:
 * previews mask it, and no document, log or setting contains it.
 */
export async function createPullSecret(parts: CreatePullSecretParts, given?: unknown): Promise<void> {
  const { clusters, credentials, hostFor, log } = parts;
  const subject = await secretSubject(parts, given);
  if (subject === undefined) return;
  const { context, namespace, registry, path } = subject;
  const session = await clusters.session(context.name);
  const secretgen = await withProgress(vscode.l10n.t('Asking {0}', context.name), async (signal) => {
    const [may = false] = await session.checkAccess(
      [{ verb: 'patch', group: '', resource: 'secrets', namespace }],
      signal,
    );
    if (!may) throw workbenchError('no-secrets', { context: context.name, namespace });
    return (await session.health(signal)).secretgen;
  });
  const login = await askLogin(credentials, hostFor(registry), path);
  if (login === undefined) return;
  parts.noteSecret({ kind: 'basic', origin: 'typed', ...login });
  const scope = await askSecretScope(namespace, secretgen);
  if (scope === undefined) return;
  const defaultName = subject.secretName ?? `pull-${repositoryName(registry)}`;
  const name = await askFor(vscode.l10n.t('Name of the Secret'), defaultName, isObjectName);
  if (name === undefined) return;
  const secret: PullSecret = { namespace, name, registry, ...login, ...scope };
  if (!(await confirm(parts, session, subject, secret))) return;
  await apply(session, secret);
  log.info(`Applied the Secret ${namespace}/${name} for ${registry} to ${context.name}`);
  parts.applied({ context: context.name, namespace, name });
  if (secret.exportTo === undefined) await useSecret(session, subject, name);
}

async function confirm(
  parts: CreatePullSecretParts,
  session: ClusterSession,
  subject: SecretSubject,
  secret: PullSecret,
): Promise<boolean> {
  const { context, repository, install, secretName } = subject;
  const { pullSecretYaml } = await import('../../../packaging/pull-secret.ts');
  const close = await parts.diffs.showText(`${secret.name}.yml`, pullSecretYaml(secret));
  const isNamed = repository !== undefined && secret.exportTo === undefined && secretName !== secret.name;
  const overridesExport = secret.exportTo !== undefined && secretName !== undefined;
  const detail = [
    vscode.l10n.t('Context: {0}', context.name),
    vscode.l10n.t('Server: {0}', session.serverUrl),
    vscode.l10n.t('Namespace: {0}', secret.namespace),
    vscode.l10n.t('Registry: {0}', secret.registry),
    vscode.l10n.t('User: {0}', secret.username),
    ...(overridesExport
      ? ['', vscode.l10n.t('A SecretExport is used only without secretRef, which is set to {0} here.', secretName)]
      : []),
    ...(isNamed ? ['', vscode.l10n.t('The PackageRepository {0} will use it.', repository.name)] : []),
    ...(install === undefined || secret.exportTo !== undefined
      ? []
      : ['', vscode.l10n.t('The PackageInstall {0} will use it.', install.name)]),
  ];
  const message = vscode.l10n.t('Apply the Secret {0} to {1}?', secret.name, context.name);
  const button = vscode.l10n.t('Apply');
  try {
    return await askOverEditor({ message, detail: detail.join('\n'), button, hasEditor: true });
  } finally {
    await close();
  }
}

/** Takes over fields of another field manager only after confirmation. */
async function apply(session: ClusterSession, secret: PullSecret): Promise<void> {
  const apply = (force: boolean): Promise<void> =>
    withProgress(vscode.l10n.t('Applying {0}', secret.name), (signal) =>
      session.applyPullSecret(secret, { signal, force }),
    );
  try {
    await apply(false);
  } catch (error) {
    if (!hasCode(error, 'cluster.conflict')) throw error;
    const button = vscode.l10n.t('Take Over and Apply');
    const message = vscode.l10n.t('The Secret {0} was not created by this extension', secret.name);
    const options = { modal: true, detail: errorSentences(error) };
    if ((await vscode.window.showWarningMessage(message, options, button)) !== button) throw abortError();
    await apply(true);
  }
}

/** Names the Secret where it is needed: in a PackageRepository or PackageInstall of the cluster, or in the document. */
async function useSecret(
  session: ClusterSession,
  { repository, placed, secretName, install, namespace }: SecretSubject,
  name: string,
): Promise<void> {
  if (repository !== undefined && secretName !== name) {
    await withProgress(vscode.l10n.t('Changing {0}', repository.name), (signal) =>
      session.setPullSecret(repository, name, signal),
    );
  }
  if (install !== undefined) {
    const address = { namespace, name: install.name };
    await withProgress(vscode.l10n.t('Changing {0}', install.name), async (signal) => {
      await session.setFetchSecret(address, { step: install.step, name }, signal);
      // kapp-controller tries again after increasing pauses, so it is told to.
      await session.changePackageInstall(address, 'reconcile', signal);
    });
  }
  if (placed === undefined || secretName === name) return;
  const { document, found } = placed;
  const { secretRefEdit } = await import('../../../packaging/edit-secret-ref.ts');
  const change = secretRefEdit(document.getText(), found, name);
  if (change === undefined) throw workbenchError('no-place-for-secret', { name });
  const edit = new vscode.WorkspaceEdit();
  const range = new vscode.Range(document.positionAt(change.start), document.positionAt(change.end));
  edit.replace(document.uri, range, change.text);
  await vscode.workspace.applyEdit(edit);
}
