import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { before, describe, it } from 'mocha';
import * as vscode from 'vscode';

import { RegistryCommand } from '../../../src/contract/registries.ts';
import { RelocationCommand } from '../../../src/contract/relocations.ts';

interface Manifest {
  readonly contributes: {
    readonly commands: readonly { readonly command: string }[];
    readonly menus: { readonly commandPalette: readonly { readonly command: string; readonly when: string }[] };
  };
}

/** Errors that say what is missing; all others are faults of the command. */
const SENSIBLE = [
  'workbench.no-context',
  'workbench.no-image-here',
  'workbench.no-repository-here',
  'workbench.no-install-here',
];

/** What is open is closed so often, in milliseconds. */
const PATIENCE = 150;
/** Longer than anything that does not wait for someone. */
const LIMIT = 20_000;

describe('the command palette', () => {
  const extension = vscode.extensions.getExtension<unknown>('carvel-airgap.carvel-airgap');
  assert.ok(extension);
  const { contributes } = extension.packageJSON as Manifest;
  const hidden = contributes.menus.commandPalette.filter(({ when }) => when === 'false').map(({ command }) => command);
  const offered = contributes.commands.map(({ command }) => command).filter((command) => !hidden.includes(command));

  before(async () => {
    await extension.activate();
    // What other suites left open would be what a command is about.
    while (vscode.window.tabGroups.all.some(({ tabs }) => tabs.length > 0)) {
      await vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor');
    }
  });

  for (const command of offered) {
    it(`${command} works without a selection, and asks for what it needs`, async () => {
      const logged = log().length;
      const running = vscode.commands.executeCommand(command);
      await untilSettled(Promise.resolve(running), command);
      await flushed();
      const errors = log()
        .slice(logged)
        .filter((line) => line.includes('[error]') && !line.includes(MARK));
      const faults = errors.filter((line) => !SENSIBLE.some((code) => line.endsWith(`(${code})`)));
      assert.deepEqual(faults, []);
    });
  }

  // VS Code passes undefined while it reads the rows again. Without any argument, the command would wait for an answer.
  it('a command of a row that is just being updated asks about nothing else', async () => {
    await vscode.commands.executeCommand(RelocationCommand.relocate, undefined);
  });
});

/** Closes pickers and notifications with buttons until a command has nothing more to wait for. */
async function untilSettled(running: Promise<unknown>, command: string): Promise<void> {
  const settled = running.then(() => true);
  for (let waited = 0; !(await Promise.race([settled, wait(PATIENCE, false)])); waited += PATIENCE) {
    assert.ok(waited < LIMIT, `${command} waits for nobody knows what`);
    await vscode.commands.executeCommand('workbench.action.closeQuickOpen');
    await vscode.commands.executeCommand('notifications.clearAll');
  }
}

/** A repository that cannot be, named in the log once what was logged before it is there, too. */
const MARK = 'no/such@digest';
let marks = 0;

async function flushed(): Promise<void> {
  marks += 1;
  const path = `mark-${marks}`;
  await vscode.commands.executeCommand(RegistryCommand.copyReference, { registry: 'a.example', path, digest: MARK });
  for (let waited = 0; !log().some((line) => line.includes(path)); waited += PATIENCE) {
    assert.ok(waited < LIMIT, 'the log is not written');
    await wait(PATIENCE);
  }
}

/** The lines of the extension's own log. */
function log(): string[] {
  const folder = process.env['HOST_TEST_FOLDER'] ?? '';
  const [file] = globSync('**/carvel-airgap.carvel-airgap/*.log', { cwd: folder });
  if (file === undefined) return [];
  return readFileSync(`${folder}/${file}`, 'utf8')
    .split('\n')
    .filter((line) => line !== '');
}
