// @ts-check
// Loaded with --import: ends this process with SIGKILL before a change of the file system, such as its third rename with
// KILL_AT=rename:3, and writes the names of all changes to the file KILL_LOG.
import { appendFileSync } from 'node:fs';
import promises, { open } from 'node:fs/promises';

const at = process.env['KILL_AT'];
const log = process.env['KILL_LOG'];
/** @type {Map<string, number>} */
const steps = new Map();

/** @param {string} name */
function step(name) {
  const ordinal = (steps.get(name) ?? 0) + 1;
  steps.set(name, ordinal);
  if (log !== undefined) appendFileSync(log, `${name}\n`);
  if (`${name}:${ordinal}` === at) process.kill(process.pid, 'SIGKILL');
}

/**
 * @param {Record<string, any>} object
 * @param {readonly string[]} names
 * @param {(args: readonly unknown[]) => boolean} [changes]
 */
function count(object, names, changes = () => true) {
  for (const name of names) {
    const original = object[name];
    if (typeof original !== 'function') throw new Error(`There is no ${name}.`);
    object[name] = /** @this {unknown} @param {unknown[]} args */ function (...args) {
      if (changes(args)) step(name);
      return original.apply(this, args);
    };
  }
}

const handle = await open('/dev/null');
const prototype = Object.getPrototypeOf(handle);
await handle.close();
count(prototype, ['write', 'writeFile', 'appendFile', 'truncate', 'sync', 'datasync']);
/** @type {Record<string, any>} */
const files = promises;
const changing = ['rename', 'rm', 'writeFile', 'mkdir', 'link', 'unlink', 'symlink', 'truncate', 'copyFile', 'rmdir'];
count(files, changing);
count(files, ['open'], ([, flags = 'r']) => flags !== 'r');
