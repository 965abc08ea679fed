// @ts-check
// Where slow results live: outside the checkout, so that the next clone on this machine does not make them again.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** The folder that holds one folder `<name>-<version>/` for each result. */
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
 * Says what is about to take long. On standard error, because the standard output of a set-up step is its result.
 * @param {string} text
 */
export function announce(text) {
  process.stderr.write(`[set-up] ${text}\n`);
}

/**
 * The folder `<name>-<version>/` of the cache. If it is there: silent and at once. Otherwise `make` fills an empty
 * folder, which gets its name only when it is complete, so an interrupted build never looks finished.
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
    // Left by a run that was killed: with the lock in hand, nobody writes there.
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
 * Keeps two runs from making the same thing at once. The kernel's lock, held by a child that ends with our end of its
 * standard input: however this process dies, no stale lock is left. The file stays: to remove it would let a third
 * run lock a new one while a second still waits for the old.
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
 * @returns {Promise<boolean>} whether it holds the lock (the alternative: it ended without)
 */
function gotIt(child) {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', () => resolve(false));
    child.stdout?.once('data', () => resolve(true));
  });
}
