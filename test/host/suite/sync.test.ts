import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, describe, it } from 'mocha';
import * as vscode from 'vscode';

import { ManagedRepositories, managerText } from '../../../src/workbench/sync/managed-repositories.ts';

const head = 'apiVersion: carvel-airgap/v1\nkind: Sync\n';
let files = 0;

describe('a file of kind Sync', () => {
  before(() => vscode.extensions.getExtension('carvel-airgap.carvel-airgap')?.activate());

  const open = async (content: string): Promise<vscode.TextDocument> => {
    const path = join(process.env['HOST_TEST_FOLDER'] ?? '', `site-${++files}.carvel-airgap.yml`);
    await writeFile(path, content.replace('|', ''));
    return vscode.workspace.openTextDocument(path);
  };

  /** The labels and texts offered where the text has a bar. */
  const completions = async (content: string): Promise<{ readonly [label: string]: string }> => {
    const document = await open(content);
    const { items } = await vscode.commands.executeCommand<vscode.CompletionList>(
      'vscode.executeCompletionItemProvider',
      document.uri,
      document.positionAt(content.indexOf('|')),
    );
    return Object.fromEntries(
      items
        .filter(({ kind }) => kind !== vscode.CompletionItemKind.Text)
        .map(({ label, insertText }) => [
          typeof label === 'string' ? label : label.label,
          typeof insertText === 'string' ? insertText : (insertText?.value ?? ''),
        ]),
    );
  };

  const diagnostics = (document: vscode.TextDocument): Promise<vscode.Diagnostic[]> =>
    new Promise((resolve) => {
      const look = (): void => {
        const found = vscode.languages.getDiagnostics(document.uri);
        if (found.length === 0) return;
        subscription.dispose();
        resolve(found);
      };
      const subscription = vscode.languages.onDidChangeDiagnostics(look);
      look();
    });

  it('marks each wrong value, and links to the description of the format', async () => {
    const document = await open(
      `${head}entries:\n- name: web\n  bundle: vendor.example/web:1\n  destinations: [inside.example/web]\n  policyMode: wran # no\n- name: 16\n`,
    );
    const found = await diagnostics(document);
    assert.deepEqual(
      found.map(({ range, message }) => [document.getText(range), message]),
      [
        ['wran', 'entries[0].policyMode: expected enforce or warn'],
        ['name: 16', 'entries[1]: the field destinations is missing'],
      ],
    );
    const code = found[0]?.code as { readonly value: string; readonly target: vscode.Uri };
    assert.equal(code.value, 'sync.file-invalid');
    const help = await vscode.workspace.openTextDocument(code.target);
    assert.match(help.getText(), /^# Keeping an air gap current/);
  });

  it('is completed by its schema, even while it is empty', async () => {
    assert.deepEqual(Object.keys(await completions('|')), ['apiVersion', 'kind', 'entries', 'defaults']);
    assert.equal((await completions('|'))['entries'], 'entries:\n  - $0');
    assert.deepEqual(Object.keys(await completions('apiVersion: |')), ['carvel-airgap/v1']);
    assert.deepEqual(Object.keys(await completions(`${head}entries:\n- name: a\n  policyMode: |`)), [
      'enforce',
      'warn',
    ]);
    const fields = await completions(`${head}entries:\n  - name: a\n    |\n    bundle: x.example/y:1\n`);
    assert.ok('destinations' in fields && 'tagSelection' in fields && !('name' in fields) && !('bundle' in fields));
  });

  it('explains its fields', async () => {
    const document = await open(`${head}entries:\n- name: a\n  tagSelection: {semver: {}}\n`);
    const [hover] = await vscode.commands.executeCommand<vscode.Hover[]>(
      'vscode.executeHoverProvider',
      document.uri,
      document.positionAt(document.getText().indexOf('tagSelection') + 3),
    );
    const texts = hover?.contents.map((each) => (typeof each === 'string' ? each : each.value));
    assert.match(texts?.join('\n') ?? '', /Selects a tag at each sync/);
  });

  /** The lenses as `line: title`. */
  const lenses = async ({ uri }: vscode.TextDocument): Promise<string[]> => {
    const found = await vscode.commands.executeCommand<vscode.CodeLens[]>('vscode.executeCodeLensProvider', uri);
    return found.map(({ range, command }) => `${range.start.line}: ${command?.title.replace('\u00a0', ' ')}`);
  };

  it('shows above each entry what the lock next to it says', async () => {
    const entry = (name: string) =>
      `- name: ${name}\n  bundle: vendor.example/${name}:2\n  destinations: [one.example/${name}, two.example/${name}]\n`;
    const document = await open(`${head}entries:\n${entry('web')}${entry('api')}`);
    const actions = ['0: Sync…', '0: Plan'];
    const never = '$(circle-outline) Never copied';
    assert.deepEqual(await lenses(document), [...actions, `3: ${never}`, `6: ${never}`]);
    const digest = `sha256:${'a'.repeat(64)}`;
    const locked = `- {name: web, destination: one.example/web, source: 'vendor.example/web:1', digest: '${digest}', request: '${digest}'}`;
    await writeFile(
      document.fileName.replace(/\.yml$/, '.lock.yml'),
      `apiVersion: carvel-airgap/v1\nkind: SyncLock\nentries:\n${locked}\nbrought: []\n`,
    );
    assert.deepEqual(await lenses(document), [
      ...actions,
      '3: $(history) Last copied: 1 · one.example/web',
      `3: ${never} · two.example/web`,
      `6: ${never}`,
    ]);
    await writeFile(document.fileName.replace(/\.yml$/, '.lock.yml'), 'kind: Sync\n');
    const [broken, ...others] = await lenses(document);
    assert.match(
      broken ?? '',
      /^0: \$\(error\) .*site-\d+\.carvel-airgap\.lock\.yml:1:1: the field apiVersion is missing/,
    );
    assert.deepEqual(others, []);
  });

  it('is neither planned nor synced while it has problems', async () => {
    const document = await open(`${head}entries:\n- name: web\n`);
    assert.deepEqual(await lenses(document), ['0: $(error) Cannot be synced: 1 problem']);
  });

  it('marks the repositories that it keeps current, and those that its earlier syncs have copied to', async () => {
    const folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? '';
    const digest = `sha256:${'a'.repeat(64)}`;
    const entries = `entries:\n- {name: web, bundle: 'vendor.example/web:1', destinations: [one.example/web]}\n`;
    await writeFile(join(folder, 'carvel-airgap.yml'), head + entries);
    await writeFile(
      join(folder, 'carvel-airgap.lock.yml'),
      `apiVersion: carvel-airgap/v1\nkind: SyncLock\nentries: []\nbrought:\n- {repository: one.example/old, images: ['${digest}'], tags: []}\n`,
    );
    const managed = new ManagedRepositories(vscode.window.createOutputChannel('managed', { log: true }));
    try {
      const read = new Promise<void>((resolve) => managed.onDidChange(resolve));
      assert.deepEqual(managed.of('one.example', 'web'), []);
      await read;
      assert.deepEqual(managed.of('one.example', 'web'), [{ file: 'carvel-airgap.yml', entries: ['web'] }]);
      const [earlier] = managed.of('one.example', 'old');
      assert.deepEqual(earlier, { file: 'carvel-airgap.yml', entries: [] });
      assert.equal(managerText(earlier), 'Earlier syncs of carvel-airgap.yml have copied to it.');
      assert.deepEqual(managed.of('one.example', 'other'), []);
    } finally {
      managed.dispose();
      await rm(join(folder, 'carvel-airgap.yml'));
      await rm(join(folder, 'carvel-airgap.lock.yml'));
    }
  });
});
