#!/usr/bin/env node
// Behaves like a desktop VS Code that is asked to run extension tests: understands what runTests of @vscode/test-electron
// passes, runs the tests in a VS Code server with a browser before it, and ends with their result as its exit code.
import { parseArgs, format } from 'node:util';
import { startBrowser } from './browser.ts';
import { startServer, type VSCodeServer } from './server.ts';
import type { Page } from 'playwright-core';

/** Time for the workbench to appear and the extension host to call run(); the tests themselves have their own limits. */
const startMilliseconds = 180_000;

const { values, positionals } = parseArgs({
  strict: false,
  allowPositionals: true,
  options: {
    extensionDevelopmentPath: { type: 'string', multiple: true },
    extensionTestsPath: { type: 'string' },
    'extensions-dir': { type: 'string' },
    'user-data-dir': { type: 'string' },
    'disable-workspace-trust': { type: 'boolean' },
  },
});
const text = (value: unknown) => (typeof value === 'string' ? value : undefined);
const stopped = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stopped.abort(new Error(signal)));

process.exitCode = await run();

async function run(): Promise<number> {
  const extensionsDir = text(values['extensions-dir']);
  const userDataDir = text(values['user-data-dir']);
  const server = await startServer({
    smokeTestDriver: true,
    workspaceTrust: !values['disable-workspace-trust'],
    ...(extensionsDir !== undefined && { extensionsDir }),
    ...(userDataDir !== undefined && { userDataDir }),
  });
  try {
    const browser = await startBrowser();
    try {
      return await result(await browser.newPage({ viewport: { width: 1280, height: 800 } }), server);
    } finally {
      await browser.close();
    }
  } catch (error) {
    console.error(error);
    console.error(server.log());
    return 1;
  } finally {
    await server.stop();
  }
}

/** The exit code that the extension host reports: 0 when run() of the tests' module resolved. */
async function result(page: Page, server: VSCodeServer): Promise<number> {
  const tests = text(values['extensionTestsPath']);
  const remote = (path: string) => `vscode-remote://${server.authority}${path}`;
  const payload: [string, string][] = [['skipWelcome', 'true']];
  for (const path of values['extensionDevelopmentPath'] ?? []) {
    payload.push(['extensionDevelopmentPath', remote(String(path))]);
  }
  if (tests !== undefined) payload.push(['extensionTestsPath', remote(tests)]);

  const exitCode = new Promise<number>((resolve, reject) => {
    const tooLate = setTimeout(() => reject(new Error('The tests did not start in time')), startMilliseconds);
    stopped.signal.addEventListener('abort', () => reject(stopped.signal.reason as Error));
    page.on('crash', () => reject(new Error("The browser's page crashed")));
    const listening = Promise.all([
      page.exposeFunction('codeAutomationLog', (type: string, args: unknown[]) => {
        // From the first line on, the tests' own time limits apply.
        clearTimeout(tooLate);
        (type === 'error' ? process.stderr : process.stdout).write(`${format(...args)}\n`);
      }),
      page.exposeFunction('codeAutomationExit', (code: number) => {
        clearTimeout(tooLate);
        resolve(code);
      }),
    ]);
    listening.then(() => page.goto(server.pageFor(positionals[0], payload))).catch(reject);
  });
  return exitCode;
}
