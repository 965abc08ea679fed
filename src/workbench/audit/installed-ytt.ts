import * as vscode from 'vscode';

import type { YttRunner } from '../../audit/workload/ytt-runner.ts';

/** The ytt program of this machine, which renders templates as kapp-controller does; only in a trusted workspace. */
export async function installedYtt(): Promise<YttRunner | undefined> {
  if (!vscode.workspace.isTrusted) return undefined;
  const { yttOnPath } = await import('../../audit/workload/ytt-program.ts');
  return yttOnPath(process.env);
}
