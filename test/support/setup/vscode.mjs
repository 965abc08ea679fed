// @ts-check
// The VS Code of the tests: code-server's npm package contains a complete VS Code server with its web workbench, and is
// available from the npm registry alone. Its native modules are compiled here, for the Node that will run them. Plain
// JavaScript for Node 20, because it runs before the project's own Node is installed. Run it separately with `node
// test/support/setup/vscode.mjs`.
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureCached } from './cache.mjs';
import { ensureDebian } from './debian.mjs';
import { nodePackage } from './node-package.mjs';
import { installOlderVSCode } from './older-vscode.mjs';
import { isMain, run } from './run.mjs';

const root = fileURLToPath(new URL('../../../', import.meta.url));

/** code-server x.y.z contains VS Code 1.y.z; each is built for one major version of Node. */
const newest = '4.139.1';
/** The oldest available release that `engines.vscode` permits. */
export const oldest = '4.106.3';
const nodeOf = (/** @type {string} */ version) => (Number(version.split('.')[1]) < 110 ? '22' : '24');

/**
 * Installs the VS Code server if it is missing. `CODE_SERVER_VERSION=oldest` selects the oldest supported one.
 * @returns {Promise<{ serverMain: string, node: string, version: string }>} `version` is VS Code's, for example 1.139.1
 */
export async function ensureVSCode() {
  const asked = process.env['CODE_SERVER_VERSION'] || newest;
  const version = asked === 'oldest' ? oldest : asked;
  const announcement = `Installing code-server ${version} with npm, the VS Code the tests run in: 600 MB, then compiled. 3 to 5 minutes.`;
  const folder = await ensureCached({ name: 'code-server', version, announcement }, (unfinished) =>
    install(unfinished, version),
  );
  return {
    serverMain: join(folder, 'node_modules/code-server/lib/vscode/out/server-main.js'),
    node: nodeFor(version, folder).program,
    version: version.replace(/^4\./, '1.'),
  };
}

/**
 * A Chromium for playwright-core: `CHROMIUM`, one on the PATH, or Debian's.
 * @returns {Promise<string>} its path
 */
export async function ensureChromium() {
  const found = process.env['CHROMIUM'] || onPath('chromium', 'chromium-browser', 'google-chrome');
  // DejaVu and Liberation: without them, screenshots show boxes instead of the workbench's text.
  await ensureDebian(
    found ? [] : ['chromium', 'fonts-dejavu-core', 'fonts-liberation'],
    'the browser that shows the VS Code of the tests',
  );
  return found ?? '/usr/bin/chromium';
}

/**
 * @param {string} folder
 * @param {string} version
 */
async function install(folder, version) {
  await ensureDebian(['libkrb5-dev'], "VS Code's kerberos module is compiled with it");
  const older = nodeOf(version) !== nodeOf(newest);
  // In a separate folder: the headers are not a dependency of any package, so the next npm install in the same folder
  // would remove them.
  if (older) await npmInstall(join(folder, 'node'), [`node@${nodeOf(version)}`], process.env);
  const { program, headers } = nodeFor(version, folder);
  const env = {
    ...withoutNpm(process.env),
    PATH: `${dirname(program)}${delimiter}${process.env['PATH']}`,
    // Otherwise node-gyp would fetch the headers from nodejs.org.
    npm_config_nodedir: headers,
  };
  await npmInstall(folder, [`code-server@${version}`, ...(older ? ['--ignore-scripts'] : [])], env);
  if (older) await installOlderVSCode(join(folder, 'node_modules/code-server/lib/vscode'), env);
}

/**
 * @param {string} folder
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} env
 */
async function npmInstall(folder, args, env) {
  await mkdir(folder, { recursive: true });
  const manifest = { private: true, allowScripts: { 'code-server': true, node: true } };
  await writeFile(join(folder, 'package.json'), JSON.stringify(manifest));
  await run('npm', ['install', '--no-audit', '--no-fund', '--no-package-lock', ...args], { cwd: folder, env });
}

/**
 * The project's own Node if its major version matches, otherwise a separate one for the server.
 * @param {string} version
 * @param {string} folder
 */
function nodeFor(version, folder) {
  return nodePackage(join(nodeOf(version) === nodeOf(newest) ? root : join(folder, 'node'), 'node_modules'));
}

/**
 * Removes what an npm script adds to the environment (its prefix, package and settings), which would mislead a nested
 * npm. The same applies to its user agent, from which code-server's script derives the Node version.
 * @param {NodeJS.ProcessEnv} env
 */
function withoutNpm(env) {
  return Object.fromEntries(
    Object.entries(env).filter(
      ([name]) => !/^npm_(package|lifecycle|command|config_((local_|global_)?prefix|user_agent))/.test(name),
    ),
  );
}

/** @param {string[]} names */
function onPath(...names) {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    for (const name of names) if (existsSync(join(folder, name))) return join(folder, name);
  }
  return undefined;
}

if (isMain(import.meta.url)) {
  if (process.argv[2] === 'oldest') process.env['CODE_SERVER_VERSION'] = 'oldest';
  const chromium = await ensureChromium();
  const { serverMain, version } = await ensureVSCode();
  console.log(`VS Code ${version}: ${serverMain}\nChromium: ${chromium}`);
}
