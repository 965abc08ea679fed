import * as vscode from 'vscode';

import type { AuditedImage, AuditReport } from '../../audit/report.ts';
import { ClusterCommand } from '../../contract/clusters.ts';
import type { PullSecretTarget } from '../../contract/clusters.ts';
import { MapCommand } from '../../contract/map.ts';
import type { AuditedTarget } from '../../contract/map.ts';
import { RegistryCommand } from '../../contract/registries.ts';
import { RelocationCommand } from '../../contract/relocations.ts';
import { tryParseReference } from '../../oci/reference.ts';
import type { ActionText, DocumentAction } from '../view/document-actions.ts';

/** An untrusted certificate, in the words of Node and of our own errors. */
const UNTRUSTED = /certificate|self.signed|unknown authority/i;

/** Offers the map of an audit above its report, and to save both. */
export function withMap({ text, actions }: ActionText, target: AuditedTarget): ActionText {
  const show = { command: MapCommand.showMap, title: vscode.l10n.t('Show Map'), arguments: [target] };
  const save = { command: MapCommand.saveMap, title: vscode.l10n.t('Save as HTML…'), arguments: [target] };
  return { text, actions: [...actions, { line: 0, command: show }, { line: 0, command: save }] };
}

/** What can be done about a report as a whole. */
export function reportActions({ images }: AuditReport, line: number): DocumentAction[] {
  const missing = images.filter(({ status }) => status === 'missing').map(({ reference }) => reference);
  if (missing.length < 2) return [];
  const title = vscode.l10n.t('Relocate All Missing…');
  return [{ line, command: { command: RelocationCommand.relocateMissing, title, arguments: [{ missing }] } }];
}

/**
 * What can be done about an image that is not inside.
 * @param context the cluster that pulls it, if there is one
 */
export function imageActions(image: AuditedImage, context: string | undefined, line: number): DocumentAction[] {
  return commandsFor(image, context).map((command) => ({ line, command }));
}

function commandsFor(
  { status, reference, finding }: AuditedImage,
  context: string | undefined,
): readonly vscode.Command[] {
  const parsed = tryParseReference(reference);
  const { namespace, reason } = finding?.args ?? {};
  const relocate = {
    command: RelocationCommand.relocateMissing,
    title: vscode.l10n.t('Relocate Missing…'),
    arguments: [{ missing: [reference] }],
  };
  if (parsed === undefined) return [];
  const { registry, path, tag, digest } = parsed;
  switch (status) {
    case 'missing':
      return [relocate];
    case 'outside': {
      const source = { registry, path, ...(tag !== undefined && { tag }), ...(digest !== undefined && { digest }) };
      return [{ command: RelocationCommand.relocate, title: vscode.l10n.t('Relocate…'), arguments: [source] }];
    }
    case 'unauthenticated': {
      if (context === undefined || typeof namespace !== 'string' || namespace === '') return [];
      const target: PullSecretTarget = { context, namespace, registry };
      const title = vscode.l10n.t('Create Pull Secret…');
      return [{ command: ClusterCommand.createPullSecret, title, arguments: [target] }];
    }
    case 'unknown': {
      if (!UNTRUSTED.test(String(reason ?? ''))) return [];
      const here = vscode.l10n.t('Trust Certificate Here…');
      const there = vscode.l10n.t('Trust a CA in the Cluster…');
      return [
        { command: RegistryCommand.trustCertificate, title: here, arguments: [{ registry }] },
        ...(context === undefined
          ? []
          : [{ command: ClusterCommand.trustInCluster, title: there, arguments: [{ context }] }]),
      ];
    }
    case 'inside':
    default:
      return [];
  }
}
