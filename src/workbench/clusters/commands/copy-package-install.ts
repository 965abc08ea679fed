import * as vscode from 'vscode';

import type { PackageTarget } from '../../../contract/clusters.ts';

const MESSAGE_DURATION = 4000;

/** Copies the YAML of a PackageInstall for a Package to the clipboard. */
export async function copyPackageInstall({ package: { namespace, refName, version } }: PackageTarget): Promise<void> {
  const { packageInstallDocument } = await import('../../../packaging/package-install-document.ts');
  await vscode.env.clipboard.writeText(packageInstallDocument({ namespace, refName, version }));
  vscode.window.setStatusBarMessage(
    vscode.l10n.t('$(check) Copied a PackageInstall of {0}', `${refName} ${version}`),
    MESSAGE_DURATION,
  );
}
