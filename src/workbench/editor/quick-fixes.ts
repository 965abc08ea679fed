import * as vscode from 'vscode';

import { ClusterCommand } from '../../contract/clusters.ts';
import { EditorCommand } from '../../contract/editor.ts';
import type { DocumentFinding, DocumentFix, FixCode } from '../../packaging/documents/finding.ts';
import type { DocumentFindings } from './document-findings.ts';
import { rangeOf } from './carvel-documents.ts';

/** Fixes for the diagnostics of a document. They change only the invalid part and keep comments and layout. */
export class QuickFixes implements vscode.CodeActionProvider {
  static readonly kinds = [vscode.CodeActionKind.QuickFix];
  readonly #findings: DocumentFindings;

  constructor(findings: DocumentFindings) {
    this.#findings = findings;
  }

  async provideCodeActions(
    document: vscode.TextDocument,
    range: vscode.Range,
    context: vscode.CodeActionContext,
  ): Promise<vscode.CodeAction[]> {
    const findings = (await this.#findings.of(document)).filter(({ place }) =>
      rangeOf(document, place).intersection(range),
    );
    return findings.flatMap((finding) => {
      const diagnostics = context.diagnostics.filter(({ code }) => code === finding.code);
      return [
        ...finding.fixes.map((fix) => fixAction(document, finding, fix)),
        ...(finding.code === 'unpinned' || finding.code === 'image-not-digest' ? [pinAction(document, finding)] : []),
        ...(finding.code === 'secret-missing' ? [secretAction(document, finding)] : []),
      ].map((action) => Object.assign(action, { diagnostics }));
    });
  }
}

function fixAction(document: vscode.TextDocument, finding: DocumentFinding, fix: DocumentFix): vscode.CodeAction {
  const action = new vscode.CodeAction(titleOf(fix.code, finding, fix), vscode.CodeActionKind.QuickFix);
  action.edit = new vscode.WorkspaceEdit();
  for (const edit of fix.edits) action.edit.replace(document.uri, rangeOf(document, edit), edit.text);
  action.isPreferred = finding.fixes.length === 1;
  return action;
}

/** A command rather than an edit, because it contacts the registry when chosen. */
function pinAction(document: vscode.TextDocument, { place }: DocumentFinding): vscode.CodeAction {
  const title = vscode.l10n.t('Pin to the current digest of the tag');
  const action = new vscode.CodeAction(title, vscode.CodeActionKind.QuickFix);
  const at = { uri: document.uri.toString(), offset: place.start };
  action.command = { command: EditorCommand.pinImage, title, arguments: [at] };
  action.isPreferred = true;
  return action;
}

/** A command rather than an edit, because it asks for the user name and password. */
function secretAction(document: vscode.TextDocument, { place, args }: DocumentFinding): vscode.CodeAction {
  const title = vscode.l10n.t('Create the Secret {0}…', String(args['secret']));
  const action = new vscode.CodeAction(title, vscode.CodeActionKind.QuickFix);
  const at = { uri: document.uri.toString(), line: place.line };
  action.command = { command: ClusterCommand.createPullSecret, title, arguments: [at] };
  action.isPreferred = true;
  return action;
}

function titleOf(code: FixCode, { args }: DocumentFinding, { edits }: DocumentFix): string {
  const titles: Readonly<Record<FixCode, string>> = {
    'api-version': vscode.l10n.t('Change to {0}', String(args['expected'])),
    namespace: vscode.l10n.t('Add the namespace {0}', String(args['namespace'])),
    protocol: vscode.l10n.t('Remove {0}', String(args['protocol'])),
    'drop-tag': vscode.l10n.t('Remove the tag or digest of the image'),
    'drop-selection': vscode.l10n.t('Remove tagSelection'),
    'drop-fetch': vscode.l10n.t('Remove {0}', String(args['ignored'])),
    'rename-value': vscode.l10n.t('Change to {0}', edits[0]?.text ?? ''),
    'go-duration': vscode.l10n.t('Change to {0}', edits[0]?.text ?? ''),
  };
  return titles[code];
}
