// A journey: what a user sees and does with the packaged extension in a fresh VS Code, with a screenshot of each step.
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BrowserContext } from 'playwright-core';
import { makeTemporaryFolder } from '../lifetime.ts';
import { startBrowser } from './browser.ts';
import { screenText } from './screen-text.ts';
import { startServer } from './server.ts';
import { packagedExtension } from './vsix.ts';
import { Workbench } from './workbench.ts';

export interface JourneyOptions {
  /** User settings, in addition to the quiet ones. */
  settings?: Record<string, unknown>;
  /** Settings of machine scope: in a window connected to a server, VS Code reads those only from here. */
  machineSettings?: Record<string, unknown>;
  /** For the extension host: KUBECONFIG, HOME, …; see ServerOptions. */
  env?: NodeJS.ProcessEnv;
  /** Files of the opened folder, by path; or the path of an existing folder, which is kept. */
  workspace?: Readonly<Record<string, string | Uint8Array>> | string;
  /** Whether workspace trust is enabled. Off by default; if on, the folder opens in restricted mode. */
  workspaceTrust?: boolean;
  /** VSIX files instead of this extension. */
  extensions?: readonly string[];
  /** The zoom of the browser: the window has as many pixels as without it, and everything in it is this much larger. */
  zoom?: number;
  /** The display language of extensions; VS Code itself stays English. English by default. */
  displayLanguage?: string;
}

/** Time limit of one action: the machine may be slow, and other tests run at the same time. */
const actionMilliseconds = 120_000;

const screenshots = fileURLToPath(new URL('../../../test-output/journeys/', import.meta.url));

/**
 * Installs the extension into a fresh VS Code, opens a folder, and runs `travel`. If it throws, the current view is
 * saved as `failure.png`, and the error gets what was on the screen and the server's output.
 * @param name the folder of the journey's screenshots, below test-output/journeys/
 */
export async function journey(
  name: string,
  options: JourneyOptions,
  travel: (workbench: Workbench) => Promise<void>,
): Promise<void> {
  const temporary = await makeTemporaryFolder('journey');
  const { settings, machineSettings, env, workspaceTrust, displayLanguage, workspace = {} } = options;
  try {
    const server = await startServer({
      extensions: options.extensions ?? [await packagedExtension()],
      ...(settings && { settings }),
      ...(machineSettings && { machineSettings }),
      ...(env && { env }),
      ...(workspaceTrust !== undefined && { workspaceTrust }),
      ...(displayLanguage !== undefined && { displayLanguage }),
    });
    try {
      const folder = typeof workspace === 'string' ? workspace : join(temporary.path, 'workspace');
      if (typeof workspace !== 'string') await writeFiles(folder, workspace);
      const { zoom } = options;
      const page = { address: server.pageFor(folder), folder, data: server.dataFolder, ...(zoom && { zoom }) };
      await visit(name, page, travel);
    } catch (error) {
      throw withMore(error, `VS Code's server wrote:\n${server.log()}`);
    } finally {
      await server.stop();
    }
  } finally {
    await temporary.remove();
  }
}

/** A running VS Code. */
export interface VisitedPage {
  readonly address: string;
  /** The folder opened in it. */
  readonly folder: string;
  /** Everything that VS Code writes on the server. */
  readonly data: string;
  /** As in JourneyOptions. */
  readonly zoom?: number;
}

/** A journey in a VS Code that the caller has started; `name` as for `journey`. */
export async function visit(
  name: string,
  { address, folder, data, zoom = 1 }: VisitedPage,
  travel: (workbench: Workbench) => Promise<void>,
): Promise<void> {
  const output = join(screenshots, name);
  await rm(output, { recursive: true, force: true });
  await mkdir(output, { recursive: true });
  const browser = await startBrowser();
  try {
    const context = await browser.newContext({
      viewport: { width: 1280 / zoom, height: 800 / zoom },
      deviceScaleFactor: zoom,
      permissions: ['clipboard-read', 'clipboard-write'],
    });
    context.setDefaultTimeout(actionMilliseconds);
    await withFailurePicture(context, output, async () => {
      const workbench = new Workbench(await context.newPage(), { folder, output, data });
      await workbench.open(address);
      await travel(workbench);
    });
  } finally {
    await browser.close();
  }
}

async function writeFiles(folder: string, files: Readonly<Record<string, string | Uint8Array>>): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
}

/** Adds to an error what each page of the browser shows, in words and as a picture. */
async function withFailurePicture(context: BrowserContext, output: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    const shown = await Promise.all(
      context.pages().map(async (page, index) => {
        const path = join(output, index === 0 ? 'failure.png' : `failure-${index + 1}.png`);
        // The journey's own error is the one to report, even if a page can be neither drawn nor read.
        await page.screenshot({ path }).catch(() => undefined);
        return screenText(page).catch(String);
      }),
    );
    throw withMore(error, `What was on the screen:\n${shown.join('\n\n')}`);
  }
}

/** The same error with a longer message, for which the log of the tests has room without its causes. */
function withMore(error: unknown, text: string): Error {
  const { message, stack = '' } = error instanceof Error ? error : new Error(String(error));
  const frames = stack.split('\n').filter((line) => /^ +at /.test(line));
  const told = new Error(`${message}\n${text}`);
  told.stack = [`Error: ${told.message}`, ...frames].join('\n');
  return told;
}
