import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { setTimeout as delay } from 'node:timers/promises';
import * as vscode from 'vscode';

import { commandIds } from '../../../src/contract/commands.ts';
import { RelocationCommand } from '../../../src/contract/relocations.ts';
import { viewIds } from '../../../src/contract/views.ts';
import { outsideWatch } from './outside-watch.ts';

describe('the extension', () => {
  const found = () => {
    const extension = vscode.extensions.getExtension<unknown>('carvel-airgap.carvel-airgap');
    assert.ok(extension, 'VS Code does not know the extension');
    return extension;
  };

  if (process.env['HOST_TEST_OLDEST'] !== undefined) {
    it('runs in the oldest VS Code that it declares', () => {
      const { engines } = found().packageJSON as { engines: { vscode: string } };
      const [, oldest = 'none'] = /^\^(\d+\.\d+)\.0$/.exec(engines.vscode) ?? [];
      assert.ok(vscode.version.startsWith(`${oldest}.`), `${vscode.version}, but ${engines.vscode} was promised`);
    });
  }

  it('is found and activates', async () => {
    await found().activate();
    assert.equal(found().isActive, true);
  });

  it('loads no code for registries, clusters or YAML before it is used', () => {
    const loaded = Object.keys(require.cache).filter((file) => file.startsWith(found().extensionPath));
    assert.deepEqual(
      loaded.filter((file) => /[/\\]dist[/\\]/.test(file) && !file.endsWith('extension.cjs')),
      [],
    );
  });

  it('neither sends a request nor starts a process when it is activated', async () => {
    const watch = outsideWatch();
    try {
      const atActivation = [...watch.seen];
      const fixture = 'test/fixtures/example-packages/example-packages.tar';
      const file = vscode.Uri.joinPath(found().extensionUri, fixture);
      void vscode.commands.executeCommand(RelocationCommand.verifyTarball, file);
      // The engine's process: what the watch sees of it shows that it sees, and everything of before has been.
      while (!watch.seen.includes('PROCESSWRAP')) await delay(50);
      assert.deepEqual(atActivation, []);
      assert.deepEqual(watch.seen, ['PROCESSWRAP']);
    } finally {
      watch.stop();
      await vscode.commands.executeCommand('notifications.clearAll');
    }
  });

  it('registers the commands of the contract and no others', async () => {
    await found().activate();
    const own = (await vscode.commands.getCommands(true)).filter((id) => id.startsWith('carvelAirgap.'));
    // VS Code adds some for each view, such as carvelAirgap.registries.focus.
    const registered = own.filter((id) => !viewIds.some((view) => id.startsWith(`${view}.`)));
    assert.deepEqual(registered.sort(), [...commandIds].sort());
  });
});
