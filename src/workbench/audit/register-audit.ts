import * as vscode from 'vscode';

import { AuditCommand, auditScheme } from '../../contract/audit.ts';
import type { CommandRegistry } from '../command-registry.ts';
import { ReadOnlyDocuments } from '../view/read-only-documents.ts';
import { AuditBundle } from './audit-command.ts';
import type { AuditParts } from './audit-command.ts';

/** The command Audit, and the documents that show what it found. */
export function registerAudit(
  parts: Omit<AuditParts, 'documents'> & { readonly commands: CommandRegistry },
): vscode.Disposable {
  const documents = new ReadOnlyDocuments(auditScheme);
  const audit = new AuditBundle({ ...parts, documents });
  parts.commands.register(
    AuditCommand.audit,
    (target) => audit.run(target),
    (message) => vscode.l10n.t('The audit failed: {0}', message),
  );
  return documents;
}
