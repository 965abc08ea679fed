// What a cold start of the extension cost, and of one that comes with VS Code, by the marks that VS Code makes around it.
import { setTimeout as delay } from 'node:timers/promises';
import * as vscode from 'vscode';

import { RegistryCommand } from '../../../src/contract/registries.ts';
import type { Activation, ActivationCost } from '../plan.ts';
import { writeResult } from './files.ts';

const OURS = 'carvel-airgap.carvel-airgap';
/** Comes with VS Code, is active in every window, and has no repository to look at here. */
const PEER = 'vscode.git';

interface Mark {
  readonly name: string;
  /** Milliseconds since 1970. */
  readonly startTime: number;
}

declare var MonacoPerformanceMarks: { getMarks(): readonly Mark[] };

export async function run(): Promise<void> {
  const [ours, git] = [await costOf(OURS), await costOf(PEER)];
  const result: Activation = { ours, git, firstUse: await firstUse() };
  writeResult(result);
}

/** Of a command that has nothing to do here: what there is to see, nobody looks at. */
async function firstUse(): Promise<number> {
  const began = performance.now();
  await vscode.commands.executeCommand(RegistryCommand.refreshAll);
  return performance.now() - began;
}

async function costOf(id: string): Promise<ActivationCost> {
  // They activate by themselves when VS Code has started.
  while (vscode.extensions.getExtension(id)?.isActive !== true) await delay(50);
  const at = (name: string): number => {
    const mark = MonacoPerformanceMarks.getMarks().find((each) => each.name === `code/extHost/${name}/${id}`);
    if (mark === undefined) throw new Error(`VS Code has not marked ${name} of ${id}`);
    return mark.startTime;
  };
  return {
    load: at('didLoadExtensionCode') - at('willLoadExtensionCode'),
    activate: at('didActivateExtension') - at('willActivateExtension'),
  };
}
