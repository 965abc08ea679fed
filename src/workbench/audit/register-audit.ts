import * as vscode from 'vscode';

import { AuditCommand } from '../../contract/audit.ts';
import type { CommandRegistry } from '../command-registry.ts';
import { AuditBundle } from './audit-command.ts';
import type { AuditParts } from './audit-command.ts';
import { AuditDocuments } from './audit-documents.ts';

/** The command Audit, and the documents that show what it found. */
export function registerAudit(
  parts: Omit<AuditParts, 'documents'> & { readonly commands: CommandRegistry },
): vscode.Disposable {
  const documents = new AuditDocuments();
  const audit = new AuditBundle({ ...parts, documents });
  parts.commands.register(
    AuditCommand.audit,
    (target) => audit.run(target),
    (message) => vscode.l10n.t('The audit failed: {0}', message),
  );
  return documents;
}
