import * as vscode from 'vscode';

import { AuditCommand, auditScheme } from '../../contract/audit.ts';
import type { CommandRegistry } from '../command-registry.ts';
import { ReadOnlyDocuments } from '../view/read-only-documents.ts';
import type { DocumentHost } from '../view/hosts.ts';
import { auditBundle } from './audit-command.ts';
import type { AuditParts } from './audit-command.ts';

export function registerAudit(
  parts: Omit<AuditParts, 'documents'> & { readonly commands: CommandRegistry; readonly host: DocumentHost },
): vscode.Disposable {
  const documents = new ReadOnlyDocuments(parts.host, auditScheme);
  parts.commands.register(
    AuditCommand.audit,
    (target) => auditBundle({ ...parts, documents }, target),
    (message) => vscode.l10n.t('The audit failed: {0}', message),
  );
  return documents;
}
