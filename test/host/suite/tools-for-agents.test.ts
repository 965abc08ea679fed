import assert from 'node:assert/strict';

import { after, before, describe, it } from 'mocha';
import * as vscode from 'vscode';

import { agentToolIds } from '../../../src/contract/agents.ts';

interface Answer {
  readonly summary: string;
  readonly untrusted: { readonly kind: string; readonly code?: string };
}

describe('the tools for agents', () => {
  const cancellation = new vscode.CancellationTokenSource();
  const extension = () => {
    const found = vscode.extensions.getExtension<unknown>('carvel-airgap.carvel-airgap');
    assert.ok(found);
    return found;
  };
  let whileDisabled: string[] | undefined;
  const tar = () =>
    vscode.Uri.joinPath(extension().extensionUri, 'test/fixtures/example-packages/example-packages.tar').fsPath;
  const set = (section: string, key: string, value: boolean | undefined) =>
    vscode.workspace.getConfiguration(section).update(key, value, vscode.ConfigurationTarget.Global);

  /** Asks as an agent does; in tests, VS Code itself answers its question before a call. */
  async function call(id: (typeof agentToolIds)[number], input: object): Promise<Answer> {
    const { content } = await vscode.lm.invokeTool(id, { input, toolInvocationToken: undefined }, cancellation.token);
    const [part] = content;
    assert.ok(part instanceof vscode.LanguageModelTextPart);
    return JSON.parse(part.value) as Answer;
  }

  const copy = (destination: string) =>
    call('carvelAirgap_copy', {
      source: tar(),
      sourceKind: 'tar',
      destination,
      digest: `sha256:${'0'.repeat(64)}`,
    });

  before(async () => {
    await extension().activate();
    await set('chat', 'disableAIFeatures', true);
    whileDisabled = listed().map(({ name }) => name);
    await set('chat', 'disableAIFeatures', false);
  });
  after(async () => {
    await set('chat', 'disableAIFeatures', undefined);
    cancellation.dispose();
  });

  const listed = () => vscode.lm.tools.filter(({ name }) => name.startsWith('carvelAirgap_'));

  if (process.env['HOST_TEST_OLDEST'] !== undefined) {
    // Later versions also list what they hide from models.
    it('are hidden where AI features are disabled', () => assert.deepEqual(whileDisabled, []));
  } else {
    it('are known to VS Code with their schemas', () => {
      const own = listed();
      assert.deepEqual(own.map(({ name }) => name).sort(), [...agentToolIds].sort());
      for (const { inputSchema, description } of own) {
        assert.equal((inputSchema as { additionalProperties: boolean }).additionalProperties, false);
        assert.notEqual(description, '');
      }
    });
  }

  it('describe and verify a tarball as the command line does', async () => {
    const described = await call('carvelAirgap_describe', { path: tar() });
    assert.match(described.summary, /^5 images/);
    assert.equal(described.untrusted.kind, 'Description');
    assert.match((await call('carvelAirgap_verify', { path: tar() })).summary, /^Valid: 5 images/);
  });

  it('answer with the error, its code and its remedy', async () => {
    const { untrusted } = await call('carvelAirgap_describe', { reference: 'no/such//reference' });
    assert.deepEqual([untrusted.kind, untrusted.code], ['Error', 'oci.reference-invalid']);
  });

  it('do not copy unless the settings of the machine allow it, nor what is not the plan', async () => {
    await assert.rejects(copy('127.0.0.1:1/inside'), /Agents may not copy here/);
    await set('carvelAirgap', 'agentsMayCopy', true);
    try {
      // It gets as far as planning.
      await assert.rejects(copy('127.0.0.1:1/inside'), (error: Error) => !error.message.includes('may not copy'));
    } finally {
      await set('carvelAirgap', 'agentsMayCopy', undefined);
    }
  });

  it('refuse to answer where AI features are disabled', async () => {
    await set('chat', 'disableAIFeatures', true);
    try {
      await assert.rejects(call('carvelAirgap_describe', { path: tar() }), /AI features are disabled/);
    } finally {
      await set('chat', 'disableAIFeatures', false);
    }
  });
});
