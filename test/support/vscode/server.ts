// Starts the VS Code server of the tests on a free port, with its own data folder.
import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeTemporaryFolder, onEnd } from '../lifetime.ts';
import { ensureVSCode } from '../setup/vscode.mjs';
import { offerDisplayLanguage } from './display-language.ts';
import { endProcessGroup, killProcessGroup } from './process-group.ts';
import { quietSettings } from './settings.ts';

export interface ServerOptions {
  /** User settings, in addition to the quiet ones. */
  settings?: Record<string, unknown>;
  /** Settings of machine scope: in a window connected to a server, VS Code reads those only from here. */
  machineSettings?: Record<string, unknown>;
  /** For the extension host (KUBECONFIG, HOME, …), added to this process's environment without personal variables. */
  env?: NodeJS.ProcessEnv;
  /** VSIX files to install before the server starts. */
  extensions?: readonly string[];
  /** Required for a payload in the page's address; suppresses notifications and dialogs. Off by default. */
  smokeTestDriver?: boolean;
  /** Whether workspace trust is enabled. Off by default. */
  workspaceTrust?: boolean;
  /** The display language of extensions; VS Code itself stays English. English by default. */
  displayLanguage?: string;
  /** Whether the page opens only for those who know its address. Off by default. */
  secretAddress?: boolean;
  /** Folders provided by the caller; otherwise new ones, removed when the server stops. */
  userDataDir?: string;
  extensionsDir?: string;
}

export interface VSCodeServer {
  /** `127.0.0.1:<port>`, as in the page's address and in vscode-remote:// addresses. */
  authority: string;
  /** The address of the page that opens a folder. */
  pageFor(folder: string | undefined, payload?: readonly (readonly [string, string])[]): string;
  /** Everything that VS Code writes: settings, state, logs, storage. */
  dataFolder: string;
  /** The server's output so far, for failures. */
  log(): string;
  stop(): Promise<void>;
}

/** Generous, because on a slow machine the first start reads 600 MB of uncached files. */
const startMilliseconds = 120_000;

/** Disables the marketplace; otherwise code-server would check its own one for updates. */
const noGallery = '{}';

/** @throws Error with the server's output if it does not start within two minutes */
export async function startServer(options: ServerOptions = {}): Promise<VSCodeServer> {
  const { serverMain, node } = await ensureVSCode();
  const temporary = await makeTemporaryFolder('code');
  const dataDir = temporary.path;
  const userDataDir = options.userDataDir ?? join(dataDir, 'data');
  const home = join(dataDir, 'home');
  const tmp = join(dataDir, 'tmp');
  const folders = ['--server-data-dir', dataDir, '--user-data-dir', userDataDir];
  if (options.extensionsDir !== undefined) folders.push('--extensions-dir', options.extensionsDir);
  const env = {
    ...impersonal(process.env),
    HOME: home,
    TMPDIR: tmp,
    EXTENSIONS_GALLERY: noGallery,
    ...options.env,
  };

  try {
    await Promise.all([home, tmp].map((folder) => mkdir(folder, { recursive: true })));
    await writeSettings(join(userDataDir, 'User'), { ...quietSettings, ...options.settings });
    await writeSettings(join(userDataDir, 'Machine'), options.machineSettings ?? {});
    const token = options.secretAddress ? randomUUID() : undefined;
    const access = await accessArguments(dataDir, token);
    if (options.displayLanguage !== undefined) await offerDisplayLanguage(options.displayLanguage, userDataDir);
    for (const vsix of options.extensions ?? []) {
      const args = ['--accept-server-license-terms', ...folders, '--install-extension', vsix];
      await ended(start(node, [serverMain, ...args], env));
    }
    const server = start(node, [serverMain, ...serverArguments(options), ...access, ...folders], env);
    const forget = onEnd(() => killProcessGroup(server.child));
    const stop = async () => {
      await endProcessGroup(server.child);
      forget();
      await temporary.remove();
    };
    try {
      const authority = `127.0.0.1:${await listening(server)}`;
      await fetch(`http://${authority}/version`);
      return {
        authority,
        dataFolder: dataDir,
        pageFor: (...page) => pageFor(authority, token, ...page),
        log: server.output,
        stop,
      };
    } catch (error) {
      await stop();
      throw error;
    }
  } catch (error) {
    await temporary.remove();
    throw error;
  }
}

/**
 * Removes variables that would expose the user's or the parent editor's clusters, credentials and settings to a test.
 * HOME is always a new folder.
 */
function impersonal(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const personal =
    /^(KUBECONFIG|DOCKER_CONFIG|REGISTRY_AUTH_FILE|IMGPKG_.*|XDG_.*|VSCODE_.*|NODE_OPTIONS|NODE_TEST_.*)$/;
  return Object.fromEntries(Object.entries(env).filter(([name]) => !personal.test(name)));
}

function serverArguments(options: ServerOptions): string[] {
  const args = ['--host', '127.0.0.1', '--port', '0', '--accept-server-license-terms'];
  // Ignores the environment of this machine's login shell.
  args.push('--telemetry-level', 'off', '--force-disable-user-env', '--disable-getting-started-override');
  if (options.smokeTestDriver) args.push('--enable-smoke-test-driver');
  if (options.displayLanguage !== undefined) args.push('--locale', options.displayLanguage);
  if (!options.workspaceTrust) args.push('--disable-workspace-trust');
  return args;
}

/** Writes a token to a file, because every user of the machine can see command lines. */
async function accessArguments(folder: string, token: string | undefined): Promise<string[]> {
  if (token === undefined) return ['--without-connection-token'];
  const file = join(folder, 'token');
  await writeFile(file, token, { mode: 0o600 });
  return ['--connection-token-file', file];
}

function pageFor(
  authority: string,
  token: string | undefined,
  folder?: string,
  payload?: readonly (readonly [string, string])[],
): string {
  const page = new URL(`http://${authority}/`);
  if (token !== undefined) page.searchParams.set('tkn', token);
  if (folder === undefined) page.searchParams.set('ew', 'true');
  else page.searchParams.set('folder', folder);
  if (payload) page.searchParams.set('payload', JSON.stringify(payload));
  return page.href;
}

async function writeSettings(folder: string, settings: Record<string, unknown>): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'settings.json'), JSON.stringify(settings, undefined, 2));
}

interface Started {
  child: ChildProcess;
  output: () => string;
}

function start(node: string, args: readonly string[], env: NodeJS.ProcessEnv): Started {
  const child = spawn(node, args, { env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  const keep = (data: Buffer) => (output += data.toString());
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  return { child, output: () => output };
}

function ended({ child, output }: Started): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`VS Code's server ended with ${code}:\n${output()}`));
    });
  });
}

/** The port, once the server reports that it is listening. */
function listening({ child, output }: Started): Promise<number> {
  return new Promise((resolve, reject) => {
    const fail = (what: string) => {
      clearTimeout(timer);
      reject(new Error(`VS Code's server ${what}:\n${output()}`));
    };
    const timer = setTimeout(() => fail('did not start in time'), startMilliseconds);
    child.once('error', reject);
    child.once('exit', (code) => fail(`ended with ${code}`));
    child.stdout?.on('data', () => {
      const port = /Extension host agent listening on (\d+)/.exec(output())?.[1];
      if (port === undefined) return;
      clearTimeout(timer);
      resolve(Number(port));
    });
  });
}
