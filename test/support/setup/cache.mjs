// Where slow results live: outside the checkout, so that a fresh clone on the same machine does not build them again.
import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** @returns {string} the folder that holds `<name>-<version>/` of everything built for the tests */
export function cacheRoot() {
  return join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'carvel-airgap');
}

/**
 * The folder `<name>-<version>` of the cache; built first where it is not there yet. It is built under another name and
 * renamed when complete, so that an interrupted build is never taken for a finished one.
 *
 * @param {{ name: string, version: string, why: string, takes: string }} what `takes` is a human duration: "3 minutes"
 * @param {(folder: string) => Promise<void>} build
 * @returns {Promise<string>}
 */
export async function cached({ name, version, why, takes }, build) {
  const folder = join(cacheRoot(), `${name}-${version}`);
  if (existsSync(folder)) return folder;
  console.log(`Set-up: ${name} ${version}, ${why} (about ${takes}, once).`);
  const started = performance.now();
  const unfinished = `${folder}.${process.pid}.partial`;
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(unfinished, { recursive: true });
  try {
    await build(unfinished);
    await rename(unfinished, folder);
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    throw error;
  }
  console.log(`Set-up: ${name} ${version} is ready after ${Math.round((performance.now() - started) / 1000)} s.`);
  return folder;
}
