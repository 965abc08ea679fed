import * as vscode from 'vscode';

import { AuditCommand } from '../../contract/audit.ts';
import { RegistryCommand } from '../../contract/registries.ts';
import { RelocationCommand } from '../../contract/relocations.ts';
import type { ImageTarget } from '../../contract/targets.ts';
import type { MapItem } from '../../map/map-data.ts';
import { tryParseReference } from '../../oci/reference.ts';

/** What can be done with an item that is in a registry. */
export function registryActions({ kind, reference, digest, state }: MapItem): vscode.Command[] {
  const parsed = reference === undefined ? undefined : tryParseReference(reference);
  const copyDigest = { command: RegistryCommand.copyDigest, title: vscode.l10n.t('Copy Digest') };
  const copied = digest === undefined ? [] : [{ ...copyDigest, arguments: [{ digest }] }];
  if (parsed === undefined || reference === undefined) return copied;
  if (state === 'missing') {
    const command = RelocationCommand.relocateMissing;
    const missing = { command, title: vscode.l10n.t('Relocate Missing…'), arguments: [{ missing: [reference] }] };
    return [missing, ...copied];
  }
  const { registry, path } = parsed;
  const target: ImageTarget = { registry, path, ...(digest === undefined ? {} : { digest }) };
  const on = (command: string, title: string): vscode.Command => ({ command, title, arguments: [target] });
  return [
    on(RelocationCommand.relocate, vscode.l10n.t('Relocate…')),
    ...(kind === 'bundle' ? [on(AuditCommand.audit, vscode.l10n.t('Audit'))] : []),
    on(RegistryCommand.copyReference, vscode.l10n.t('Copy Reference')),
    ...copied,
    on(RegistryCommand.showManifest, vscode.l10n.t('Show Manifest')),
    ...(kind === 'bundle' ? [on(RegistryCommand.showLock, vscode.l10n.t('Show Lock'))] : []),
    ...(kind === 'layer' || kind === 'config' || kind === 'manifest'
      ? []
      : [on(RegistryCommand.verifySignature, vscode.l10n.t('Verify Signature'))]),
  ];
}

/** What can be done with an item of a tarball. */
export function fileActions({ kind, digest, parent }: MapItem, fsPath: string): vscode.Command[] {
  const file = { scheme: 'file', fsPath };
  const whole = [
    { command: RelocationCommand.importTarball, title: vscode.l10n.t('Import Tarball…'), arguments: [file] },
    { command: RelocationCommand.verifyTarball, title: vscode.l10n.t('Verify Tarball'), arguments: [file] },
  ];
  const isImage = kind === 'bundle' || kind === 'image' || kind === 'index';
  const target = [{ fsPath, digest }];
  return [
    ...(parent < 0 ? whole : []),
    ...(digest === undefined
      ? []
      : [
          {
            command: RegistryCommand.copyDigest,
            title: vscode.l10n.t('Copy Digest'),
            arguments: [{ digest }],
          },
        ]),
    ...(isImage
      ? [{ command: RegistryCommand.showManifest, title: vscode.l10n.t('Show Manifest'), arguments: target }]
      : []),
    ...(kind === 'bundle'
      ? [{ command: RegistryCommand.showLock, title: vscode.l10n.t('Show Lock'), arguments: target }]
      : []),
  ];
}
