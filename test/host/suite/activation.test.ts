import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import * as vscode from 'vscode';

import { commandIds } from '../../../src/contract/commands.ts';
import { viewIds } from '../../../src/contract/views.ts';

describe('the extension', () => {
  const found = () => {
    const extension = vscode.extensions.getExtension<unknown>('carvel-airgap.carvel-airgap');
    assert.ok(extension, 'VS Code does not know the extension');
    return extension;
  };

  it('is found and activates', async () => {
    await found().activate();
    assert.equal(found().isActive, true);
  });

  it('loads neither what speaks to registries nor what speaks to clusters before it is used', () => {
    const loaded = Object.keys(require.cache).filter((file) => file.startsWith(found().extensionPath));
    assert.deepEqual(
      loaded.filter((file) => /[/\\]dist[/\\]/.test(file) && !file.endsWith('extension.cjs')),
      [],
    );
  });

  it('registers the commands of the contract and no others', async () => {
    await found().activate();
    const own = (await vscode.commands.getCommands(true)).filter((id) => id.startsWith('carvelAirgap.'));
    // VS Code adds some for each view, such as carvelAirgap.registries.focus.
    const registered = own.filter((id) => !viewIds.some((view) => id.startsWith(`${view}.`)));
    assert.deepEqual(registered.sort(), [...commandIds].sort());
  });
});
