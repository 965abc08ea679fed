// Measures the extension host in which the extension lives, with and without a copy.
import { setTimeout as delay } from 'node:timers/promises';
import * as vscode from 'vscode';

import { relocationsView } from '../../../src/contract/relocations.ts';
import type { Measured } from '../plan.ts';
import { readPlan, writeResult } from './files.ts';
import { begin } from './loads.ts';
import { sample } from './sample.ts';

/** Until what starts with VS Code, and what ends with a copy, is over. Milliseconds. */
const SETTLE = 5000;

export async function run(): Promise<void> {
  const plan = readPlan();
  await vscode.extensions.getExtension('carvel-airgap.carvel-airgap')?.activate();
  // In sight, so that its redraws are measured too.
  await vscode.commands.executeCommand(`${relocationsView}.focus`);
  await delay(SETTLE);
  const measured: Measured[] = [];
  for (const window of plan.windows) {
    await delay(SETTLE);
    const load = await begin(window, plan);
    const sampled = await sample(window.seconds);
    measured.push({ load: window.load, ...sampled, rate: await load.end() });
  }
  writeResult(measured);
}
