import * as vscode from 'vscode';

/** Opens the entry for an error code in the bundled documentation, so that it works offline. */
export function showTroubleshooting(extension: vscode.Uri, code: string): void {
  // Like GitHub, the Markdown preview removes punctuation from headings to form anchors.
  const fragment = code.replaceAll(/[^\w-]/g, '').toLowerCase();
  const document = vscode.Uri.joinPath(extension, 'docs', 'troubleshooting.md').with({ fragment });
  void vscode.commands.executeCommand('markdown.showPreview', document);
}
