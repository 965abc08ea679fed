// Runs a command of the set-up and shows its output only where it fails.
import { spawn } from 'node:child_process';

/**
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv }} [options]
 * @returns {Promise<void>}
 */
export function runQuietly(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    let output = '';
    /** @param {Buffer} data */
    const keep = (data) => {
      // The end says why it failed; a compiler's whole output would drown it.
      output = (output + data.toString()).slice(-20_000);
    };
    const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (code === 0) resolve();
      else reject(new Error(`${command} ${args.join(' ')} ended with ${signal ?? code}:\n${output}`));
    });
  });
}
