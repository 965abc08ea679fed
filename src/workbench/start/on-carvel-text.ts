import * as vscode from 'vscode';

import {
  isSyncName,
  mayContainCarvelKind,
  mayContainInstall,
  mayContainPackage,
  mayContainSync,
} from '../editor/carvel-kinds.ts';

/** Calls back once, when an open or edited YAML document may contain a supported resource. */
export function onCarvelText(found: () => void): vscode.Disposable {
  const subscriptions: vscode.Disposable[] = [];
  const end = (): void => subscriptions.forEach((each) => each.dispose());
  const check = (document: vscode.TextDocument, texts: readonly string[]): void => {
    if (document.languageId !== 'yaml' || !(isSyncName(document.fileName) || texts.some(isCarvelText))) return;
    end();
    found();
  };
  subscriptions.push(
    vscode.workspace.onDidOpenTextDocument((document) => check(document, [document.getText()])),
    vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) =>
      check(
        document,
        contentChanges.map((change) => linesOf(document, change)),
      ),
    ),
  );
  if (
    vscode.workspace.textDocuments.some(
      (document) =>
        document.languageId === 'yaml' && (isSyncName(document.fileName) || isCarvelText(document.getText())),
    )
  ) {
    end();
    found();
  }
  return { dispose: end };
}

/** The complete lines that a change touched, because users type a word letter by letter. */
function linesOf(document: vscode.TextDocument, { range, text }: vscode.TextDocumentContentChangeEvent): string {
  const { line } = range.start;
  return document.getText(new vscode.Range(line, 0, line + text.split('\n').length, 0));
}

function isCarvelText(text: string): boolean {
  return mayContainCarvelKind(text) || mayContainPackage(text) || mayContainInstall(text) || mayContainSync(text);
}
