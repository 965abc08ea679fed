// @ts-check
// Stores slow results outside the checkout, so that other clones on this machine can reuse them.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** The folder that contains one folder `<name>-<version>/` for each result. */
export function cacheRoot() {
  return join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'carvel-airgap');
}

/**
 * @param {string} name
 * @param {string} version
 */
export function cachedFolder(name, version) {
  return join(cacheRoot(), `${name}-${version}`);
}

/**
 * Announces a slow step. Prints to standard error, because the standard output of a set-up step is its result.
 * @param {string} text
 */
export function announce(text) {
  process.stderr.write(`[set-up] ${text}\n`);
}

/**
 * Returns the folder `<name>-<version>/` of the cache. If it does not exist, `make` fills an empty folder, which is
 * renamed only when it is complete, so that an interrupted build never looks finished.
 * @param {{ name: string, version: string, announcement: string }} what `announcement`: what, why and how long
 * @param {(folder: string) => Promise<void>} make
 * @returns {Promise<string>} the absolute path of the folder
 */
export async function ensureCached({ name, version, announcement }, make) {
  const folder = cachedFolder(name, version);
  if (existsSync(folder)) return folder;
  await mkdir(cacheRoot(), { recursive: true });
  const release = await lock(join(cacheRoot(), `.${name}-${version}.lock`), `${name} ${version}`);
  try {
    if (existsSync(folder)) return folder;
    const started = performance.now();
    announce(announcement);
    const prefix = `.${name}-${version}-`;
    // Left behind by a killed run: while this process holds the lock, no other one writes there.
    for (const left of (await readdir(cacheRoot())).filter((entry) => entry.startsWith(prefix))) {
      await rm(join(cacheRoot(), left), { recursive: true, force: true });
    }
    const unfinished = await mkdtemp(join(cacheRoot(), prefix));
    try {
      await make(unfinished);
      await rename(unfinished, folder);
    } finally {
      await rm(unfinished, { recursive: true, force: true });
    }
    announce(`${name} ${version} is ready after ${((performance.now() - started) / 1000).toFixed(0)} s.`);
    return folder;
  } finally {
    await release();
  }
}

/**
 * Prevents two runs from making the same result at the same time. A child holds the kernel's lock until its standard
 * input closes, so no stale lock remains, however this process ends. The file is never removed: otherwise a third run
 * could lock a new file while a second one still waits for the old one.
 * @param {string} file
 * @param {string} what
 * @returns {Promise<() => Promise<void>>} releases the lock
 */
async function lock(file, what) {
  const holder = (/** @type {string[]} */ options) =>
    spawn('flock', [...options, file, 'sh', '-c', 'echo held; cat'], { stdio: ['pipe', 'pipe', 'inherit'] });
  let child = holder(['--nonblock']);
  if (!(await gotIt(child))) {
    announce(`Another run is making ${what}; waiting for it.`);
    child = holder([]);
    if (!(await gotIt(child))) throw new Error(`${file} cannot be locked`);
  }
  return async () => {
    const gone = once(child, 'exit');
    child.stdin?.end();
    await gone;
  };
}

/**
 * @param {import('node:child_process').ChildProcess} child
 * @returns {Promise<boolean>} true if it holds the lock, false if it ended without
 */
function gotIt(child) {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', () => resolve(false));
    child.stdout?.once('data', () => resolve(true));
  });
}
