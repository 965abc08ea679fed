// @ts-check
// What works on the machine's own Node before anything is installed: the installation.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { lstat, readFile, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));

/** The environment with the project's own Node first on the PATH. */
export function projectEnvironment() {
  return { ...process.env, PATH: `${join(root, 'node_modules/.bin')}${delimiter}${process.env['PATH']}` };
}

/** Installs the npm packages of package-lock.json, unless they are already installed. */
export async function ensureInstalled() {
  const stamp = join(root, 'node_modules/.carvel-airgap-lock');
  const lock = createHash('sha256')
    .update(await readFile(join(root, 'package-lock.json')))
    .digest('hex');
  if (existsSync(stamp) && (await readFile(stamp, 'utf8')) === lock) return;
  // npm would empty the folder that the link points to, which may belong to another checkout.
  if ((await lstat(join(root, 'node_modules')).catch(() => undefined))?.isSymbolicLink()) {
    throw new Error('node_modules is a link, and what it leads to is not what package-lock.json names: remove it');
  }
  console.log('[set-up] Installing the npm packages of package-lock.json (Node 24 among them); about a minute.');
  const npm = spawn('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: root, stdio: 'inherit' });
  const [code] = await once(npm, 'exit');
  if (code !== 0) throw new Error(`npm ci ended with ${code}`);
  await writeFile(stamp, lock);
}
