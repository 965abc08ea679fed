// @ts-check
// code-server releases of 2025 have a dependency on GitHub, and one of their packages downloads a program from there.
// The dependency is now in the npm registry, and the program (ripgrep, which searches for files by name) in Debian. So
// these releases are installed step by step instead of by their own script.
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ensureDebian } from './debian.mjs';
import { run } from './run.mjs';

/** The native modules that the server loads; all others are not compiled. */
const compiled = ['@parcel/watcher', '@vscode/spdlog', '@vscode/deviceid', 'kerberos', 'native-watchdog', 'node-pty'];

/**
 * Finishes what `npm install --ignore-scripts code-server@…` began.
 * @param {string} vscode its folder lib/vscode
 * @param {NodeJS.ProcessEnv} env with the Node for which it is compiled, and that Node's headers
 */
export async function installOlderVSCode(vscode, env) {
  await takeWatcherFromRegistry(vscode);
  const install = ['install', '--omit=dev', '--ignore-scripts', '--no-audit', '--no-fund'];
  await run('npm', install, { cwd: vscode, env });
  await run('npm', install, { cwd: join(vscode, 'extensions'), env });
  await run('npm', ['rebuild', ...compiled], { cwd: vscode, env });
  await ensureDebian(['ripgrep'], 'VS Code finds files with it');
  await mkdir(join(vscode, 'node_modules/@vscode/ripgrep/bin'), { recursive: true });
  await symlink('/usr/bin/rg', join(vscode, 'node_modules/@vscode/ripgrep/bin/rg'));
  // VS Code looks for some of its modules under this name; see code-server's postinstall.sh.
  await symlink('node_modules', join(vscode, 'node_modules.asar'));
}

/** @param {string} vscode */
async function takeWatcherFromRegistry(vscode) {
  for (const name of ['package.json', 'npm-shrinkwrap.json']) {
    const file = join(vscode, name);
    const content = JSON.parse(await readFile(file, 'utf8'));
    (content.packages?.[''] ?? content).dependencies['@parcel/watcher'] = '^2.5.6';
    if (content.packages) delete content.packages['node_modules/@parcel/watcher'];
    await writeFile(file, JSON.stringify(content, undefined, 2));
  }
}
