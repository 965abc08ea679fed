import type * as vscode from 'vscode';

import type { RecentLines } from '../help/recent-lines.ts';

type Level = 'trace' | 'debug' | 'info' | 'warn' | 'error';

/** Removes secrets from all log messages, because texts from servers and programs cannot be trusted. */
export function redactedLog(
  log: vscode.LogOutputChannel,
  hide: (text: string) => string,
  recent: RecentLines,
): vscode.LogOutputChannel {
  const write = (level: Level) => ({
    value: (message: string | Error) => {
      const text = hide(message instanceof Error ? String(message) : message);
      recent.add(level, text);
      log[level](text);
    },
  });
  return Object.create(log, {
    trace: write('trace'),
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
  }) as vscode.LogOutputChannel;
}
