import type * as vscode from 'vscode';

import type { RecentLines } from '../help/recent-lines.ts';

type Level = 'trace' | 'debug' | 'info' | 'warn' | 'error';

/** The log without secrets, whoever writes them: what a server or a program says is not in our hands. */
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
