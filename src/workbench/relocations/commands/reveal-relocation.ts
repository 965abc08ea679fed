import * as vscode from 'vscode';

import { RegistryCommand } from '../../../contract/registries.ts';
import type { RepositoryTarget } from '../../../contract/targets.ts';
import { parseRepository } from '../../../oci/reference.ts';
import { runCommand } from '../../command-registry.ts';
import { withoutLinks } from '../../text/formatting.ts';
import type { RelocationRecord } from '../list/record.ts';
import { rootImage } from '../relocation-job.ts';

/** Shows a target in the Registries view; resolves with false if its registry is not listed there. */
export type RevealInRegistries = (target: RepositoryTarget & { readonly tag?: string }) => Promise<boolean>;

/** Shows what was relocated: in the Registries view, or the file in the Explorer or the system's file manager. */
export async function revealRelocation(
  { request: { destination }, report }: RelocationRecord,
  reveal: RevealInRegistries,
): Promise<void> {
  if (destination.kind === 'archive') return revealFile(vscode.Uri.file(destination.path));
  await revealRepository((report && rootImage(report)) ?? parseRepository(destination.repository), reveal);
}

/** Shows a repository in the Registries view. */
export async function revealRepository(target: RepositoryTarget, reveal: RevealInRegistries): Promise<void> {
  if (await reveal(target)) return;
  const add = vscode.l10n.t('Add Registry…');
  const text = vscode.l10n.t('{0} is not in the Registries view.', target.registry);
  if ((await vscode.window.showInformationMessage(withoutLinks(text), add)) === add)
    await runCommand(RegistryCommand.add);
}

/** Shows a file in the Explorer or the system's file manager. */
export async function revealFile(file: vscode.Uri): Promise<void> {
  const isInWorkspace = vscode.workspace.getWorkspaceFolder(file) !== undefined;
  await vscode.commands.executeCommand(isInWorkspace ? 'revealInExplorer' : 'revealFileInOS', file);
}
