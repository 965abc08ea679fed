import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import * as vscode from 'vscode';

import { onCarvelText } from '../../../src/workbench/start/on-carvel-text.ts';

describe('the code for documents', () => {
  /** VS Code lets go of a document in its own time. */
  async function noYaml(): Promise<void> {
    const yaml = vscode.workspace.textDocuments.filter(({ languageId }) => languageId === 'yaml');
    await Promise.all(yaml.map((each) => vscode.languages.setTextDocumentLanguage(each, 'plaintext')));
  }

  beforeEach(noYaml);
  afterEach(noYaml);

  /** How often it is called during an action. */
  async function loadsDuring(act: () => PromiseLike<unknown>): Promise<number> {
    let count = 0;
    const watch = onCarvelText(() => count++);
    try {
      await act();
      return count;
    } finally {
      watch.dispose();
    }
  }

  const show = async (language: string, content: string): Promise<vscode.TextEditor> =>
    vscode.window.showTextDocument(await vscode.workspace.openTextDocument({ language, content }));

  it('is not loaded for other YAML or other files', async () => {
    const count = await loadsDuring(async () => {
      await show('yaml', 'apiVersion: v1\nkind: ConfigMap\n');
      await show('plaintext', 'kind: BundleLock\n');
    });
    assert.equal(count, 0);
  });

  it('is loaded once, when a document of ours is opened', async () => {
    const count = await loadsDuring(async () => {
      await show('yaml', 'kind: ImagesLock\n');
      await show('yaml', 'kind: BundleLock\n');
    });
    assert.equal(count, 1);
  });

  it('is loaded for a file of kind Sync, and for one with its name even while it is empty', async () => {
    assert.equal(await loadsDuring(() => show('yaml', 'apiVersion: carvel-airgap/v1\nkind: Sync # nightly\n')), 1);
    await noYaml();
    assert.equal(await loadsDuring(() => show('yaml', 'kind: SyncLock\n')), 0);
    const empty = vscode.Uri.parse('untitled:/carvel-airgap.yml');
    assert.equal(await loadsDuring(() => vscode.workspace.openTextDocument(empty)), 1);
  });

  it('is loaded when the last letter of such a kind is typed, or it is pasted', async () => {
    const editor = await show('yaml', '# new\nkind: PackageRepositor');
    const end = () => editor.document.lineAt(1).range.end;
    assert.equal(await loadsDuring(() => editor.edit((edit) => edit.insert(end(), 'y'))), 1);
    await noYaml();
    const other = await show('yaml', '# new\n');
    const lines = 'apiVersion: packaging.carvel.dev/v1alpha1\nkind: PackageRepository\n';
    assert.equal(await loadsDuring(() => other.edit((edit) => edit.insert(new vscode.Position(1, 0), lines))), 1);
  });

  it('is loaded if one is already open', async () => {
    await show('yaml', 'kind: ImagesLock\n');
    let count = 0;
    onCarvelText(() => count++).dispose();
    assert.equal(count, 1);
  });
});
