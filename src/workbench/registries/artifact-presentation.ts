import * as vscode from 'vscode';

import type { Inspection } from '../../carvel/inspect.ts';

export function artifactName(kind: Inspection['kind']): string {
  const names = {
    bundle: vscode.l10n.t('bundle'),
    image: vscode.l10n.t('image'),
    index: vscode.l10n.t('index'),
    other: vscode.l10n.t('artifact'),
  };
  return names[kind];
}

export function artifactIcon(kind: Inspection['kind']): vscode.ThemeIcon {
  const icons = { bundle: 'package', image: 'file-binary', index: 'layers', other: 'file' };
  return new vscode.ThemeIcon(icons[kind]);
}

type Attachment = 'signature' | 'attestation' | 'sbom' | 'referrer';

/** Derives the kind from cosign's tag suffix or from the artifact type. */
function attachmentOf(tag: string | undefined, artifactType: string | undefined): Attachment {
  const text = tag === undefined ? (artifactType ?? '') : tag.slice(tag.lastIndexOf('.'));
  if (/\.sig$|signature|cosign\.simplesigning/i.test(text)) return 'signature';
  if (/\.sbom$|spdx|cyclonedx|syft/i.test(text)) return 'sbom';
  return /\.att$|in-toto|dsse|attestation|sigstore\.bundle/i.test(text) ? 'attestation' : 'referrer';
}

export function attachmentName(tag: string | undefined, artifactType: string | undefined): string {
  const names = {
    signature: vscode.l10n.t('Signature'),
    attestation: vscode.l10n.t('Attestation'),
    sbom: vscode.l10n.t('SBOM'),
    referrer: vscode.l10n.t('Referrer'),
  };
  return names[attachmentOf(tag, artifactType)];
}

export function attachmentIcon(tag: string | undefined, artifactType: string | undefined): vscode.ThemeIcon {
  const icons = { signature: 'verified', attestation: 'pass', sbom: 'list-tree', referrer: 'link' };
  return new vscode.ThemeIcon(icons[attachmentOf(tag, artifactType)]);
}
