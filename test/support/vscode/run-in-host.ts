// Runs a module inside the extension host of a VS Code server, using the payload of the page's address.
import { format } from 'node:util';
import type { Page } from 'playwright-core';
import type { VSCodeServer } from './server.ts';

export interface HostRun {
  /** A server started with the smoke test driver. */
  readonly server: VSCodeServer;
  readonly page: Page;
  /** Folders of extensions that are loaded without being installed. */
  readonly extensions: readonly string[];
  /** The module whose run() is called; the extension host ends with it. */
  readonly module: string | undefined;
  /** The folder to open. */
  readonly folder: string | undefined;
  /** Called for each line that the workbench and the extension host write. */
  readonly onLine: (line: string) => void;
  readonly signal: AbortSignal;
}

/** @returns the exit code that the extension host reports: 0 when run() resolved */
export function runInHost({ server, page, signal, onLine, ...run }: HostRun): Promise<number> {
  const remote = (path: string) => `vscode-remote://${server.authority}${path}`;
  const payload: [string, string][] = [['skipWelcome', 'true']];
  for (const path of run.extensions) payload.push(['extensionDevelopmentPath', remote(path)]);
  if (run.module !== undefined) payload.push(['extensionTestsPath', remote(run.module)]);
  return new Promise<number>((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error));
    page.on('crash', () => reject(new Error("The browser's page crashed")));
    const listening = Promise.all([
      page.exposeFunction('codeAutomationLog', (_type: string, args: unknown[]) => onLine(format(...args))),
      page.exposeFunction('codeAutomationExit', resolve),
    ]);
    listening.then(() => page.goto(server.pageFor(run.folder, payload))).catch(reject);
  });
}
