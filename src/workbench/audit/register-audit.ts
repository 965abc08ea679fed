import * as vscode from 'vscode';

import { AuditCommand, auditScheme } from '../../contract/audit.ts';
import type { CommandRegistry } from '../command-registry.ts';
import { ReadOnlyDocuments } from '../view/read-only-documents.ts';
import type { DocumentHost } from '../view/hosts.ts';
import { AuditBundle } from './audit-command.ts';
import type { AuditParts } from './audit-command.ts';

export function registerAudit(
  parts: Omit<AuditParts, 'documents'> & { readonly commands: CommandRegistry; readonly host: DocumentHost },
): vscode.Disposable {
  const documents = new ReadOnlyDocuments(parts.host, auditScheme);
  const audit = new AuditBundle({ ...parts, documents });
  parts.commands.register(
    AuditCommand.audit,
    (target) => audit.run(target),
    (message) => vscode.l10n.t('The audit failed: {0}', message),
  );
  return documents;
}
