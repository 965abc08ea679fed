import type * as vscode from 'vscode';

import type { RelocationEvent } from '../../relocation/events.ts';

/** Writes to the log what happens in a relocation, but for its figures. */
export function logEvent(log: vscode.LogOutputChannel, name: string, event: RelocationEvent): void {
  if (event.type === 'phase') log.info(`${name}: ${event.phase}: ${event.detail}`);
  if (event.type === 'warning') log.warn(`${name}: ${event.text}`);
  if (event.type === 'pause') log.info(`${name}: ${event.host} asks to wait ${event.seconds} s`);
  if (event.type === 'retry') log.info(`${name}: ${event.what} again (${event.attempt}): ${event.reason}`);
}
