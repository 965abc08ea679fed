// @ts-check
// Provides Debian packages with the machine's own apt.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { announce, cacheRoot, ensureCached } from './cache.mjs';
import { isMain, isOnPath, run } from './run.mjs';

const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };

/** @param {string} name */
function isInstalled(name) {
  const query = spawnSync('dpkg-query', ['--show', '--showformat=${db:Status-Status}', name], { encoding: 'utf8' });
  return query.stdout === 'installed';
}

/**
 * Installs missing packages, which requires root.
 * @param {string[]} packages
 * @param {string} why one clause, for the announcement
 */
export async function ensureDebian(packages, why) {
  const missing = packages.filter((name) => !isInstalled(name));
  if (missing.length === 0) return;
  if (!isOnPath('apt-get')) throw new Error(`Please install what Debian calls ${missing.join(', ')}: ${why}.`);
  if (process.getuid?.() !== 0) throw new Error(`Please run: sudo apt-get install ${missing.join(' ')}  (${why}.)`);
  announce(`Installing ${missing.join(', ')} with apt-get: ${why}. About a minute.`);
  await aptGet(['update']);
  await aptGet(['install', '--yes', '--no-install-recommends', ...missing]);
}

/**
 * Unpacks a package into the cache without installing it: needs no root, starts no service, leaves the machine clean.
 * Only for programs whose libraries are on every machine. An unpacked version is used as long as it exists.
 * @param {string} name
 * @param {string} why one clause, for the announcement
 * @returns {Promise<string>} the folder that stands for `/`
 */
export async function unpackDebian(name, why) {
  const unpacked = existsSync(cacheRoot())
    ? readdirSync(cacheRoot()).filter((entry) => entry.startsWith(`${name}-`))
    : [];
  const newest = unpacked.sort().at(-1);
  if (newest !== undefined) return join(cacheRoot(), newest);
  if (!isOnPath('apt-get')) throw new Error(`The test bench needs Debian's ${name}: ${why}.`);
  const version = await candidate(name);
  const announcement = `Fetching Debian's ${name} ${version} with apt-get: ${why}. A few seconds.`;
  return ensureCached({ name, version, announcement }, async (folder) => {
    const download = await mkdtemp(join(tmpdir(), 'carvel-airgap-deb-'));
    try {
      await aptGet(['download', `${name}=${version}`], download);
      const [file] = await readdir(download);
      const content = join(download, 'content');
      await run('dpkg-deb', ['--extract', join(download, String(file)), content]);
      for (const entry of await readdir(content)) await move(join(content, entry), join(folder, entry));
    } finally {
      await rm(download, { recursive: true, force: true });
    }
  });
}

let hasLists = false;

/**
 * The version that apt would install. A fresh machine has no package lists, and old ones name files that no longer
 * exist: so the lists are fetched first, if permitted.
 * @param {string} name
 */
async function candidate(name) {
  if (process.getuid?.() === 0 && !hasLists) {
    hasLists = true;
    announce('Fetching the lists of packages with apt-get. A few seconds.');
    await aptGet(['update']);
  }
  const policy = await run('apt-cache', ['policy', name], { env: { ...env, LC_ALL: 'C' } });
  const version = /^ *Candidate: (\d\S*)$/m.exec(policy)?.[1];
  if (version === undefined) throw new Error(`apt knows no package ${name}; run: sudo apt-get update`);
  return version;
}

/**
 * @param {string[]} args
 * @param {string} [cwd]
 */
async function aptGet(args, cwd) {
  // apt's sandbox user cannot write into our temporary folder; another apt may be running.
  const options = ['-o', 'APT::Sandbox::User=root', '-o', 'DPkg::Lock::Timeout=300'];
  await run('apt-get', ['--quiet', ...options, ...args], { env, ...(cwd === undefined ? {} : { cwd }) });
}

/**
 * @param {string} from
 * @param {string} to
 */
async function move(from, to) {
  await rename(from, to).catch(() => run('cp', ['-a', from, to]));
}

/** @returns {Promise<string>} the program docker-registry */
export async function ensureDockerRegistry() {
  return join(await unpackDebian('docker-registry', 'it is the registry of the tests'), 'usr/bin/docker-registry');
}

/**
 * skopeo, which reads and writes OCI image layouts.
 * @returns {Promise<{ program: string, libraries: string[] }>} the folders of its libraries, for LD_LIBRARY_PATH
 */
export async function ensureSkopeo() {
  const why = 'it reads and writes OCI image layouts';
  const folder = await unpackDebian('skopeo', why);
  const libraries = [];
  for (const name of ['libgpgme11', 'libassuan0', 'libdevmapper1.02.1']) {
    const unpacked = await unpackDebian(name, 'skopeo needs it');
    libraries.push(join(unpacked, 'usr/lib/x86_64-linux-gnu'), join(unpacked, 'lib/x86_64-linux-gnu'));
  }
  return { program: join(folder, 'usr/bin/skopeo'), libraries };
}

if (isMain(import.meta.url)) {
  console.log(await ensureDockerRegistry());
  console.log((await ensureSkopeo()).program);
}
