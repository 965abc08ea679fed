import * as vscode from 'vscode';

import { settingsSection } from '../../contract/settings.ts';
import type { SettingKey } from '../../contract/settings.ts';
import { machineValue } from './machine-value.ts';

const PARALLEL: SettingKey = 'parallelRelocations';
const DEFAULT_PARALLEL = 2;
const BANDWIDTH: SettingKey = 'bandwidthLimit';
const MIB = 1024 * 1024;

/** The maximum number of relocations that run at once. */
export function parallelRelocations(): number {
  const value = Number(machineValue(settingsSection, PARALLEL));
  return Number.isSafeInteger(value) && value >= 1 ? value : DEFAULT_PARALLEL;
}

export function onDidChangeParallelRelocations(listener: () => void): vscode.Disposable {
  return vscode.workspace.onDidChangeConfiguration((event) => {
    if (event.affectsConfiguration(`${settingsSection}.${PARALLEL}`)) listener();
  });
}

/** The setting `carvelAirgap.bandwidthLimit` in bytes per second; undefined if there is no limit. */
export function bandwidthLimit(): number | undefined {
  const limit = bandwidthLimitMib();
  return limit === undefined ? undefined : limit * MIB;
}

/** The setting in MiB per second. */
export function bandwidthLimitMib(): number | undefined {
  const value = machineValue(settingsSection, BANDWIDTH);
  return typeof value === 'number' && value > 0 ? value : undefined;
}

/** Stores the limit in the user's settings, where it takes effect at once; undefined for none. */
export async function setBandwidthLimit(mib: number | undefined): Promise<void> {
  const configuration = vscode.workspace.getConfiguration(settingsSection);
  await configuration.update(BANDWIDTH, mib, vscode.ConfigurationTarget.Global);
}

/** Passes the limit to the listener now and after each change. */
export function followBandwidthLimit(listener: (bytesPerSecond: number | undefined) => void): vscode.Disposable {
  listener(bandwidthLimit());
  return vscode.workspace.onDidChangeConfiguration((event) => {
    if (event.affectsConfiguration(`${settingsSection}.${BANDWIDTH}`)) listener(bandwidthLimit());
  });
}
