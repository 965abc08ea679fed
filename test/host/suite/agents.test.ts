import assert from 'node:assert/strict';

import { after, before, describe, it } from 'mocha';
import * as vscode from 'vscode';

import { agentToolIds } from '../../../src/contract/agents.ts';

interface Answer {
  readonly summary: string;
  readonly digest?: string;
  readonly untrusted: { readonly kind: string; readonly code?: string };
}

describe('the tools for agents', () => {
  const cancellation = new vscode.CancellationTokenSource();
  const extension = () => {
    const found = vscode.extensions.getExtension<unknown>('carvel-airgap.carvel-airgap');
    assert.ok(found);
    return found;
  };
  const tar = () =>
    vscode.Uri.joinPath(extension().extensionUri, 'test/fixtures/example-packages/example-packages.tar');

  /** Asks as an agent does; VS Code answers its own question before a call in the tests. */
  async function call(id: (typeof agentToolIds)[number], input: object): Promise<Answer> {
    const { content } = await vscode.lm.invokeTool(id, { input, toolInvocationToken: undefined }, cancellation.token);
    const [part] = content;
    assert.ok(part instanceof vscode.LanguageModelTextPart);
    return JSON.parse(part.value) as Answer;
  }

  const offered = (): string[] =>
    vscode.lm.tools.map(({ name }) => name).filter((name) => name.startsWith('carvelAirgap_'));

  /** Waits until VS Code offers exactly these tools. */
  async function offers(expected: readonly string[]): Promise<void> {
    const isSo = (): boolean => JSON.stringify(offered().sort()) === JSON.stringify([...expected].sort());
    while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 50));
  }

  before(() => extension().activate());
  after(() => cancellation.dispose());

  it('describe and verify a tarball as the command line does', async () => {
    const described = await call('carvelAirgap_describe', { path: tar().fsPath });
    assert.match(described.summary, /^5 images/);
    assert.equal(described.untrusted.kind, 'Description');
    assert.match((await call('carvelAirgap_verify', { path: tar().fsPath })).summary, /^Valid: 5 images/);
  });

  it('answer with the error, its code and its remedy', async () => {
    const { untrusted } = await call('carvelAirgap_describe', { reference: 'no/such//reference' });
    assert.deepEqual([untrusted.kind, untrusted.code], ['Error', 'oci.reference-invalid']);
  });

  it('do not copy unless a person has allowed it in the settings', async () => {
    const input = {
      source: tar().fsPath,
      sourceKind: 'tar',
      destination: '127.0.0.1:1/inside',
      digest: `sha256:${'0'.repeat(64)}`,
    };
    await assert.rejects(call('carvelAirgap_copy', input));
  });

  it('are hidden where AI features are disabled, and copying is offered only if it is allowed', async () => {
    const readers = agentToolIds.filter((id) => id !== 'carvelAirgap_copy');
    const set = (section: string, key: string, value: boolean | undefined) =>
      vscode.workspace.getConfiguration(section).update(key, value, vscode.ConfigurationTarget.Global);
    await offers(readers);
    try {
      await set('carvelAirgap', 'agentsMayCopy', true);
      await offers(agentToolIds);
      await set('chat', 'disableAIFeatures', true);
      await offers([]);
    } finally {
      await set('chat', 'disableAIFeatures', undefined);
      await set('carvelAirgap', 'agentsMayCopy', undefined);
    }
    await offers(readers);
  });
});
