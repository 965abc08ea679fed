// Debian packages the tests need: silent where they are installed, otherwise installed with the machine's own apt.
import { spawnSync } from 'node:child_process';
import { runQuietly } from './run-quietly.mjs';

/**
 * @param {string[]} packages
 * @param {{ why: string, takes: string }} about
 * @returns {Promise<void>}
 */
export async function ensureDebianPackages(packages, { why, takes }) {
  const missing = packages.filter((name) => !isInstalled(name));
  if (missing.length === 0) return;
  const command = `apt-get install -y --no-install-recommends ${missing.join(' ')}`;
  console.log(`Set-up: Debian packages ${missing.join(', ')}, ${why} (about ${takes}, once).`);
  const install = () => asRoot(['apt-get', 'install', '-y', '--no-install-recommends', ...missing]);
  try {
    await install();
  } catch {
    // The usual reason: package lists that are absent or older than the mirror.
    try {
      await asRoot(['apt-get', 'update']);
      await install();
    } catch (error) {
      throw new Error(`The tests need Debian packages that could not be installed. As root: ${command}`, {
        cause: error,
      });
    }
  }
}

/** @param {string} name */
function isInstalled(name) {
  const { stdout } = spawnSync('dpkg-query', ['-W', '-f', '${db:Status-Status}', name], { encoding: 'utf8' });
  return stdout === 'installed';
}

/** @param {string[]} command */
function asRoot(command) {
  const [program = '', ...args] = process.getuid?.() === 0 ? command : ['sudo', '-n', ...command];
  return runQuietly(program, args, { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } });
}
