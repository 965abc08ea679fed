import assert from 'node:assert/strict';
import { before, describe, it } from 'mocha';
import * as vscode from 'vscode';

import { AuditCommand } from '../../../src/contract/audit.ts';
import { PackagingCommand } from '../../../src/contract/packaging.ts';
import { RelocationCommand } from '../../../src/contract/relocations.ts';
import { LensChanges } from '../../../src/workbench/view/lens-changes.ts';

const repository = (apiVersion: string, name: string) => `apiVersion: ${apiVersion}
kind: PackageRepository
metadata:
  name: ${name}
spec:
  fetch:
    imgpkgBundle:
      image: registry.example/path@sha256:${'0'.repeat(64)}
`;
const current = 'packaging.carvel.dev/v1alpha1';
const old = 'install.package.carvel.dev/v1alpha1';

describe('lenses', () => {
  before(() => vscode.extensions.getExtension('carvel-airgap.carvel-airgap')?.activate());

  const lensesOf = async (content: string): Promise<string[]> => {
    const document = await vscode.workspace.openTextDocument({ language: 'yaml', content });
    const lenses = await vscode.commands.executeCommand<vscode.CodeLens[]>(
      'vscode.executeCodeLensProvider',
      document.uri,
    );
    return lenses
      .map(({ range, command }) => ({ line: range.start.line, id: command?.command ?? '' }))
      .sort((a, b) => a.line - b.line)
      .map(({ line, id }) => `${line} ${id}`);
  };

  it('are above each PackageRepository of a document only', async () => {
    const service = 'apiVersion: v1\nkind: Service\nmetadata:\n  name: PackageRepository\n';
    assert.deepEqual(
      await lensesOf(
        [service, repository(current, 'one'), '# with a comment\n' + repository(current, 'two')].join('---\n'),
      ),
      [
        `5 ${PackagingCommand.apply}`,
        `5 ${PackagingCommand.diff}`,
        `5 ${RelocationCommand.relocate}`,
        `5 ${AuditCommand.audit}`,
        `15 ${PackagingCommand.apply}`,
        `15 ${PackagingCommand.diff}`,
        `15 ${RelocationCommand.relocate}`,
        `15 ${AuditCommand.audit}`,
      ],
    );
  });

  it('offer to fix the API version that no release serves, instead of applying it', async () => {
    assert.deepEqual(await lensesOf(repository(old, 'old')), [
      `0 ${PackagingCommand.fixApiVersion}`,
      `0 ${RelocationCommand.relocate}`,
      `0 ${AuditCommand.audit}`,
    ]);
  });

  it('offer actions on the bundle of a BundleLock, and the audit of an ImagesLock', async () => {
    const lock = `apiVersion: imgpkg.carvel.dev/v1alpha1
kind: BundleLock
bundle:
  image: registry.example/path@sha256:${'0'.repeat(64)}
`;
    const images = 'apiVersion: imgpkg.carvel.dev/v1alpha1\nkind: ImagesLock\n';
    assert.deepEqual(await lensesOf(`${images}---\n${lock}`), [
      `0 ${AuditCommand.audit}`,
      `3 ${RelocationCommand.relocate}`,
      `3 ${PackagingCommand.create}`,
      `3 ${AuditCommand.audit}`,
    ]);
  });

  it('report broken YAML', async () => {
    assert.deepEqual(await lensesOf(`${repository(current, 'one')}\nstatus: [`), ['0 ']);
  });

  it('ignore other languages', async () => {
    const document = await vscode.workspace.openTextDocument({
      language: 'plaintext',
      content: repository(current, 'one'),
    });
    const lenses = await vscode.commands.executeCommand<vscode.CodeLens[]>(
      'vscode.executeCodeLensProvider',
      document.uri,
    );
    assert.deepEqual(lenses, []);
  });

  it('are requested even if the editor loses the focus at once, when it was opened and when they change', async () => {
    const changes = new LensChanges();
    let requested = (_uri: string): void => undefined;
    const request = (uri: vscode.Uri): Promise<void> =>
      new Promise((resolve) => {
        requested = (asked) => (asked === uri.toString() ? resolve() : undefined);
      });
    const registration = vscode.languages.registerCodeLensProvider('plaintext', {
      onDidChangeCodeLenses: changes.event,
      provideCodeLenses: ({ uri }) => {
        requested(uri.toString());
        return [];
      },
    });
    try {
      const document = await vscode.workspace.openTextDocument({ language: 'plaintext', content: 'text' });
      const opened = request(document.uri);
      await vscode.window.showTextDocument(document);
      await vscode.commands.executeCommand('workbench.action.focusSideBar');
      await opened;

      const focused = request(document.uri);
      await vscode.commands.executeCommand('workbench.action.focusActiveEditorGroup');
      await focused;
      const changed = request(document.uri);
      changes.fire();
      await vscode.commands.executeCommand('workbench.action.focusSideBar');
      await changed;
    } finally {
      registration.dispose();
      changes.dispose();
    }
  });

  it('fix the API version and add the namespace that the old kind did not have, and nothing else', async () => {
    const content = `# mine\n${repository(old, 'old')}`;
    const document = await vscode.workspace.openTextDocument({ language: 'yaml', content });
    const place = { uri: document.uri.toString(), line: 1 };
    await vscode.commands.executeCommand(PackagingCommand.fixApiVersion, place);
    const expected = content.replace(old, current).replace('name: old', 'name: old\n  namespace: default');
    assert.equal(document.getText(), expected);
  });
});
