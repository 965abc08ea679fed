// What a cold start of the extension cost, by the marks that VS Code makes around it.
import { setTimeout as delay } from 'node:timers/promises';
import * as vscode from 'vscode';

import type { Activation } from '../plan.ts';
import { writeResult } from './files.ts';

const ID = 'carvel-airgap.carvel-airgap';

interface Mark {
  readonly name: string;
  /** Milliseconds since 1970. */
  readonly startTime: number;
}

declare var MonacoPerformanceMarks: { getMarks(): readonly Mark[] };

export async function run(): Promise<void> {
  // It activates by itself when VS Code has started.
  while (vscode.extensions.getExtension(ID)?.isActive !== true) await delay(50);
  const at = (name: string): number => {
    const mark = MonacoPerformanceMarks.getMarks().find((each) => each.name === `code/extHost/${name}/${ID}`);
    if (mark === undefined) throw new Error(`VS Code has not marked ${name}`);
    return mark.startTime;
  };
  const result: Activation = {
    load: at('didLoadExtensionCode') - at('willLoadExtensionCode'),
    activate: at('didActivateExtension') - at('willActivateExtension'),
  };
  writeResult(result);
}
