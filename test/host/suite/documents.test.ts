import assert from 'node:assert/strict';
import { before, describe, it } from 'mocha';
import * as vscode from 'vscode';

const content = `# ours
apiVersion: packaging.carvel.dev/v1alpha1
kind: PackageRepository
metadata:
  name: one # short
spec:
  syncPeriod: 2d # days
  fetch:
    imgpkgBundle:
      image: https://registry.example/path:v1 # the bundle
`;

describe('a YAML document', () => {
  before(() => vscode.extensions.getExtension('carvel-airgap.carvel-airgap')?.activate());

  const open = (text: string) => vscode.workspace.openTextDocument({ language: 'yaml', content: text });

  /** Waits until what is wrong with a document is what it should be. */
  async function codesBecome(document: vscode.TextDocument, codes: readonly string[]): Promise<vscode.Diagnostic[]> {
    const found = () =>
      vscode.languages.getDiagnostics(document.uri).filter(({ source }) => source === 'Carvel Airgap');
    const isThere = () => JSON.stringify(found().map(({ code }) => code)) === JSON.stringify(codes);
    while (!isThere()) {
      await new Promise<void>((resolve) => {
        const subscription = vscode.languages.onDidChangeDiagnostics(() => {
          subscription.dispose();
          resolve();
        });
      });
    }
    return found();
  }

  const actionsAt = (document: vscode.TextDocument, range: vscode.Range): Thenable<vscode.CodeAction[]> =>
    vscode.commands.executeCommand('vscode.executeCodeActionProvider', document.uri, range);

  it('is checked when it is opened, with each problem at its place and without requests to registries', async () => {
    const document = await open(content);
    const diagnostics = await codesBecome(document, ['namespace-missing', 'duration-invalid', 'image-protocol']);
    assert.deepEqual(
      diagnostics.map(({ range }) => document.getText(range)),
      ['metadata', '2d', 'https://registry.example/path:v1'],
    );
    const loaded = Object.keys(require.cache).filter((file) => /[/\\]dist[/\\]registries\.cjs$/.test(file));
    assert.deepEqual(loaded, []);
  });

  it('is fixed problem by problem, and everything else stays', async () => {
    const document = await open(content);
    const titles = [];
    for (const codes of [
      ['namespace-missing', 'duration-invalid', 'image-protocol'],
      ['duration-invalid', 'image-protocol'],
      ['image-protocol'],
    ]) {
      const [first] = await codesBecome(document, codes);
      const [action] = await actionsAt(document, first?.range ?? assert.fail());
      titles.push(action?.title);
      await vscode.workspace.applyEdit(action?.edit ?? assert.fail());
    }
    await codesBecome(document, ['unpinned']);
    assert.deepEqual(titles, ['Add the namespace default', 'Change to 48h', 'Remove https://']);
    assert.equal(
      document.getText(),
      content
        .replace('name: one # short', 'name: one # short\n  namespace: default')
        .replace('2d', '48h')
        .replace('https://', ''),
    );
  });

  it('offers to pin a tag, also in a lock', async () => {
    const lock =
      'apiVersion: imgpkg.carvel.dev/v1alpha1\nkind: BundleLock\nbundle:\n  image: registry.example/path:v1\n';
    const document = await open(lock);
    const [found] = await codesBecome(document, ['image-not-digest']);
    const actions = await actionsAt(document, found?.range ?? assert.fail());
    assert.deepEqual(
      actions.map(({ command }) => command?.command),
      ['carvelAirgap.pinImage'],
    );
  });

  it('of another kind, or incomplete while typing, is left alone', async () => {
    const broken = await open(`${content}  more: [`);
    const other = await open('apiVersion: v1\nkind: Service\n');
    const judged = await open(content);
    await codesBecome(judged, ['namespace-missing', 'duration-invalid', 'image-protocol']);
    assert.deepEqual(
      [broken, other].flatMap(({ uri }) => vscode.languages.getDiagnostics(uri)),
      [],
    );
  });

  it('says for an image in a registry that is not listed that no request was sent', async () => {
    const document = await open(content.replace('https://', ''));
    const position = document.positionAt(document.getText().indexOf('registry.example') + 3);
    const hovers = await vscode.commands.executeCommand<vscode.Hover[]>(
      'vscode.executeHoverProvider',
      document.uri,
      position,
    );
    const texts = hovers.flatMap(({ contents }) => contents.map((each) => (each as vscode.MarkdownString).value));
    assert.match(texts.join().replaceAll('\\', ''), /registry\.example .*was not looked up/);
    const loaded = Object.keys(require.cache).filter((file) => /[/\\]dist[/\\]registries\.cjs$/.test(file));
    assert.deepEqual(loaded, []);
  });
});
