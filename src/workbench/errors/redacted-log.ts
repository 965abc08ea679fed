import type * as vscode from 'vscode';

type Level = 'trace' | 'debug' | 'info' | 'warn' | 'error';

/** The log without secrets, whoever writes them: what a server or a program says is not in our hands. */
export function redactedLog(log: vscode.LogOutputChannel, hide: (text: string) => string): vscode.LogOutputChannel {
  const write = (level: Level) => ({
    value: (message: string | Error) => log[level](hide(message instanceof Error ? String(message) : message)),
  });
  return Object.create(log, {
    trace: write('trace'),
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
  }) as vscode.LogOutputChannel;
}
