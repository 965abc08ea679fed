import * as vscode from 'vscode';

import { AuditCommand, auditScheme } from '../../contract/audit.ts';
import type { CommandRegistry } from '../command-registry.ts';
import { ReadOnlyDocuments } from '../view/read-only-documents.ts';
import type { DocumentHost } from '../view/hosts.ts';
import { auditBundle } from './audit-command.ts';
import { auditCluster, readyToUpgrade } from './cluster-audit.ts';
import type { ClusterAuditParts } from './cluster-audit.ts';

export function registerAudit(
  parts: Omit<ClusterAuditParts, 'documents'> & { readonly commands: CommandRegistry; readonly host: DocumentHost },
): vscode.Disposable {
  const documents = new ReadOnlyDocuments(parts.host, auditScheme);
  parts.commands.register(
    AuditCommand.audit,
    (target) => auditBundle({ ...parts, documents }, target),
    (message) => vscode.l10n.t('The audit failed: {0}', message),
  );
  parts.commands.register(
    AuditCommand.auditCluster,
    (target) => auditCluster({ ...parts, documents }, target),
    (message) => vscode.l10n.t('The audit failed: {0}', message),
  );
  parts.commands.register(
    AuditCommand.readyToUpgrade,
    (target) => readyToUpgrade({ ...parts, documents }, target),
    (message) => vscode.l10n.t('The audit failed: {0}', message),
  );
  return documents;
}
