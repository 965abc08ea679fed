import * as vscode from 'vscode';

import { printable } from '../../base/printable.ts';
import { isPackageInstallTarget } from '../../contract/installs.ts';
import type { PackageInstallTarget } from '../../contract/installs.ts';
import { isDocumentPlace } from '../../contract/targets.ts';
import { severityIconId } from '../clusters/state-text.ts';
import { translated } from '../errors/error-text.ts';
import { back, pick } from '../picks/pick.ts';
import { withoutIcons } from '../text/formatting.ts';
import type { InstallParts } from './install-parts.ts';
import { installStateOf } from './install-state.ts';

/** The PackageInstall of a tree node or of a lens; without either, the user chooses one. */
export async function chooseInstall(
  { clusters, targets, contexts, documents }: InstallParts,
  given: unknown,
  title: string,
): Promise<PackageInstallTarget | undefined> {
  if (isPackageInstallTarget(given)) return given;
  if (isDocumentPlace(given)) {
    const { found } = await documents.at(given);
    const context = (await targets.contextFor(found.context)) ?? (await contexts.choose());
    const name = found.name?.value;
    if (context === undefined || name === undefined) return undefined;
    return { context: context.name, install: { namespace: found.namespace?.value ?? context.namespace, name } };
  }
  const context = (await targets.context()) ?? (await contexts.choose());
  if (context === undefined) return undefined;
  const answer = await pick<PackageInstallTarget>({
    title,
    placeholder: vscode.l10n.t('PackageInstalls of {0}', context.name),
    choices: async (signal) => {
      const session = await clusters.session(context.name);
      const all = await session.packageInstalls(undefined, signal);
      const states = await Promise.all(all.map((install) => installStateOf(install)));
      return states.map(({ install: { namespace, name, refName = '', version = '' }, description }) => ({
        label: `$(${severityIconId(description.severity)}) ${withoutIcons(printable(name))}`,
        description: `${namespace} · ${withoutIcons(printable(`${refName} ${version}`.trim()))} · ${translated(description.headline)}`,
        value: { context: context.name, install: { namespace, name } },
      }));
    },
  });
  return answer === back ? undefined : answer;
}
