import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import * as vscode from 'vscode';

interface Manifest {
  contributes?: { commands?: { command: string }[] };
}

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

  it('registers every command that package.json contributes', async () => {
    await found().activate();
    const registered = new Set(await vscode.commands.getCommands(true));
    const { contributes } = found().packageJSON as Manifest;
    const contributed = (contributes?.commands ?? []).map(({ command }) => command);
    assert.deepEqual(
      contributed.filter((command) => !registered.has(command)),
      [],
    );
  });
});
