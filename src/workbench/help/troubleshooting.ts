import * as vscode from 'vscode';

/** Shows the entry for an error's code in the documentation that came with the extension: no network is needed. */
export function showTroubleshooting(extension: vscode.Uri, code: string): void {
  // The preview's anchors are the headings without their punctuation, as on GitHub.
  const fragment = code.replaceAll(/[^\w-]/g, '').toLowerCase();
  const document = vscode.Uri.joinPath(extension, 'docs', 'troubleshooting.md').with({ fragment });
  void vscode.commands.executeCommand('markdown.showPreview', document);
}
