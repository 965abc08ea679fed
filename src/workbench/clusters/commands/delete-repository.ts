import * as vscode from 'vscode';

import { isAbort } from '../../../base/errors.ts';
import type { ClusterSession } from '../../../cluster/api.ts';
import type { PackageRepositoryTarget } from '../../../contract/clusters.ts';
import { installsBrokenBy } from '../../../packaging/package-install.ts';
import type { PackageInstall } from '../../../packaging/package-install.ts';
import { errorText } from '../../errors/error-text.ts';
import { withProgress } from '../../progress.ts';
import { requireDelete } from '../namespace-access.ts';
import type { ChangeRepositoryParts } from './change-repository.ts';

/** What a deletion would affect, as far as the user may read it. */
interface Consequences {
  readonly paused: boolean;
  readonly packages: number;
  readonly broken: readonly PackageInstall[];
  /** Why the consequences could not be determined. */
  readonly unknown?: unknown;
}

const MOST_NAMED = 10;

/** Deletes a PackageRepository after listing the PackageInstalls that would lose their Package. */
export async function deleteRepository(parts: ChangeRepositoryParts, given?: PackageRepositoryTarget): Promise<void> {
  const { clusters, picker, access, log } = parts;
  const target = await picker.repository(given, vscode.l10n.t('Delete PackageRepository'));
  if (target === undefined) return;
  const { context, namespace, name } = target;
  const session = await clusters.session(context);
  const asking = vscode.l10n.t('Asking {0}', context);
  const consequences = await withProgress(asking, async (signal) => {
    await requireDelete(access, target, 'PackageRepositories');
    return consequencesOf(session, target, signal);
  });
  if (!(await confirm(session, target, consequences))) return;
  await withProgress(vscode.l10n.t('Deleting {0}', `${namespace}/${name}`), async (signal) => {
    await session.deletePackageRepository(target, signal);
    // kapp-controller does not remove its finalizer from a paused PackageRepository, so a deletion would never complete.
    if (consequences.paused) await session.changePackageRepository(target, 'resume', signal);
  });
  log.info(`Deleted the PackageRepository ${namespace}/${name} of ${context}`);
}

async function consequencesOf(
  session: ClusterSession,
  target: PackageRepositoryTarget,
  signal: AbortSignal,
): Promise<Consequences> {
  const { namespace, name } = target;
  const stored = await session.getPackageRepository(namespace, name, signal);
  const paused = stored?.repository.paused === true;
  try {
    const [{ globalNamespace }, packages, installs] = await Promise.all([
      session.health(signal),
      session.packages(namespace, signal),
      session.packageInstalls(undefined, signal),
    ]);
    const own = packages.filter(({ repository }) => repository?.namespace === namespace && repository.name === name);
    return { paused, packages: own.length, broken: installsBrokenBy(target, packages, installs, globalNamespace) };
  } catch (error) {
    if (isAbort(error)) throw error;
    return { paused, packages: 0, broken: [], unknown: error };
  }
}

async function confirm(
  session: ClusterSession,
  { context, namespace, name }: PackageRepositoryTarget,
  consequences: Consequences,
): Promise<boolean> {
  const { paused, packages, broken, unknown } = consequences;
  const named = broken
    .slice(0, MOST_NAMED)
    .map((install) => `• ${install.namespace}/${install.name} (${install.refName ?? ''})`);
  const more = broken.length - named.length;
  const detail = [
    vscode.l10n.t('Context: {0}', context),
    vscode.l10n.t('Server: {0}', session.serverUrl),
    '',
    unknown === undefined
      ? vscode.l10n.t('Packages that will be removed: {0}', packages)
      : vscode.l10n.t('Could not find out which PackageInstalls need its Packages: {0}', errorText(unknown).message),
    ...(broken.length === 0
      ? []
      : [
          '',
          vscode.l10n.t('These PackageInstalls lose their Package. What they installed stays, but they will fail:'),
          ...named,
          ...(more > 0 ? [vscode.l10n.t('and {0} more', more)] : []),
        ]),
    ...(paused ? ['', vscode.l10n.t('It will be resumed so that it can be deleted.')] : []),
  ];
  const button = vscode.l10n.t('Delete');
  const message = vscode.l10n.t('Delete the PackageRepository {0} in {1}?', name, namespace);
  return (
    (await vscode.window.showWarningMessage(message, { modal: true, detail: detail.join('\n') }, button)) === button
  );
}
