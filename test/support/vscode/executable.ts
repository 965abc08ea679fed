#!/usr/bin/env node
// Behaves like a desktop VS Code that runs extension tests: accepts the arguments of @vscode/test-electron's runTests,
// runs the tests in a VS Code server with a browser, and exits with their result.
import { randomUUID } from 'node:crypto';
import { parseArgs } from 'node:util';
import { startBrowser } from './browser.ts';
import { runInHost } from './run-in-host.ts';
import { startServer, type VSCodeServer } from './server.ts';
import type { Page } from 'playwright-core';

/**
 * No output of the tests for this long means that the extension host died or never started: mocha has shorter limits.
 */
const silenceMilliseconds = 180_000;

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
/** Prefix of the tests' output; see test/host/suite/index.ts. */
const mark = `[${randomUUID()}] `;
/** Output of the workbench, the extension host and the extension: shown only if the tests did not finish. */
let chatter = '';
let testsSpoke = false;
const text = (value: unknown) => (typeof value === 'string' ? value : undefined);
const stopped = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stopped.abort(new Error(signal)));

process.exitCode = await run();

async function run(): Promise<number> {
  const extensionsDir = text(values['extensions-dir']);
  const userDataDir = text(values['user-data-dir']);
  const server = await startServer({
    smokeTestDriver: true,
    env: { HOST_TEST_MARK: mark },
    workspaceTrust: !values['disable-workspace-trust'],
    ...(extensionsDir !== undefined && { extensionsDir }),
    ...(userDataDir !== undefined && { userDataDir }),
  });
  try {
    const browser = await startBrowser();
    try {
      const code = await result(await browser.newPage({ viewport: { width: 1280, height: 800 } }), server);
      // For example if the file of a suite could not be loaded.
      if (code !== 0 && !testsSpoke) console.error(chatter);
      return code;
    } finally {
      await browser.close();
    }
  } catch (error) {
    console.error(error);
    console.error(chatter + server.log());
    return 1;
  } finally {
    await server.stop();
  }
}

/** The exit code that the extension host reports: 0 when run() of the tests' module resolved. */
async function result(page: Page, server: VSCodeServer): Promise<number> {
  const silence = setTimeout(() => stopped.abort(new Error('Nothing heard from the tests')), silenceMilliseconds);
  try {
    return await runInHost({
      server,
      page,
      extensions: (values['extensionDevelopmentPath'] ?? []).map(String),
      module: text(values['extensionTestsPath']),
      folder: positionals[0],
      signal: stopped.signal,
      onLine(line) {
        if (!line.startsWith(mark)) {
          chatter += `${line}\n`;
          return;
        }
        testsSpoke = true;
        silence.refresh();
        console.log(line.slice(mark.length));
      },
    });
  } finally {
    clearTimeout(silence);
  }
}
