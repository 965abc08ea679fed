import { setTimeout as delay } from 'node:timers/promises';
import * as vscode from 'vscode';

import { RelocationCommand } from '../../../src/contract/relocations.ts';
import { isActive } from '../../../src/workbench/relocations/list/record.ts';
import { RelocationStore } from '../../../src/workbench/relocations/list/relocation-store.ts';
import type { Plan, Window } from '../plan.ts';

/** What runs while it is measured. */
export interface RunningLoad {
  /** Resolves with the bytes by second that were copied. */
  end(): Promise<number>;
}

export async function begin({ load, relocations }: Window, { list, outside }: Plan): Promise<RunningLoad> {
  if (load === 'ours') return resumeAll(relocations, list);
  if (load === 'idle') return { end: () => Promise.resolve(0) };
  await fetch(`${outside}/begin/${load}`, { method: 'POST' });
  return {
    async end() {
      const answer = await fetch(`${outside}/end`, { method: 'POST' });
      if (!answer.ok) throw new Error(await answer.text());
      return Number(await answer.text());
    },
  };
}

/** Resumes relocations of the list, as a person would: they run as many at once as the settings say. */
async function resumeAll(ids: readonly string[], folder: string): Promise<RunningLoad> {
  const store = new RelocationStore({ folder, hide: (text) => text, problem: (text) => console.error(text) });
  const all = async () => (await store.all()).filter(({ record }) => ids.includes(record.id));
  for (const relocation of ids) await vscode.commands.executeCommand(RelocationCommand.resume, { relocation });
  const began = performance.now();
  return {
    async end() {
      const seconds = (performance.now() - began) / 1000;
      const underWay = (await all()).filter(({ record }) => isActive(record.state));
      if (underWay.length === 0) throw new Error('There was too little to relocate for the time.');
      for (const { record } of underWay) {
        await vscode.commands.executeCommand(RelocationCommand.pause, { relocation: record.id });
      }
      let after = await all();
      while (after.some(({ record, isElsewhere }) => isElsewhere || isActive(record.state))) {
        await delay(100);
        after = await all();
      }
      const failed = after.find(({ record }) => record.state === 'failed');
      if (failed !== undefined) throw new Error('A relocation failed.', { cause: failed.record.error });
      return after.reduce((sum, { record }) => sum + (record.figures?.bytesDone ?? 0), 0) / seconds;
    },
  };
}
