// @ts-check
// Builds programs from the Go module proxy, at the versions pinned in ../tools/*/go.mod.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { isOnPath, run } from './run.mjs';

/**
 * @param {string} tools name of a folder in ../tools
 * @returns {string}
 */
export function toolsFolder(tools) {
  return fileURLToPath(new URL(`../tools/${tools}`, import.meta.url));
}

/**
 * The environment of every call of `go` here. The checksum database is disabled: it does not know all of these modules
 * everywhere, and the committed go.sum pins the content of each. `-mod=readonly` enforces that.
 */
const env = {
  ...process.env,
  GOSUMDB: 'off',
  GOFLAGS: '-mod=readonly',
  GOWORK: 'off',
  CGO_ENABLED: '0',
  // Trades memory for processor time: the compiler collects its garbage less often.
  GOGC: '400',
};

/**
 * The pinned version of a module, read from the go.mod so that it is defined in one place.
 * @param {string} tools
 * @param {string} module
 * @returns {string} without the leading `v`
 */
export function pinnedVersion(tools, module) {
  const lines = readFileSync(`${toolsFolder(tools)}/go.mod`, 'utf8').split('\n');
  const line = lines.map((text) => text.replace(/^require /, '').trim()).find((text) => text.startsWith(`${module} v`));
  const version = line?.split(' ')[1];
  if (version === undefined) throw new Error(`test/support/tools/${tools}/go.mod does not require ${module}`);
  return version.slice(1);
}

/**
 * @param {string} tools name of a folder in ../tools
 * @param {string} program package of the program
 * @param {string} output the file to write
 * @param {Record<string, string>} [variables] string variables to set at link time
 * @param {string} [modfile] used instead of the folder's go.mod; its go.sum is next to it
 */
export async function goBuild(tools, program, output, variables = {}, modfile) {
  const flags = ['-s', '-w', ...Object.entries(variables).map(([name, value]) => `-X ${name}=${value}`)].join(' ');
  const replacing = modfile === undefined ? [] : ['-modfile', modfile];
  await compile(tools, ['build'], [...replacing, '-ldflags', flags, '-o', output, program]);
}

/**
 * Builds the tests of a package into a program.
 * @param {string} tools name of a folder in ../tools
 * @param {string} tested the package
 * @param {string} output the file to write
 */
export async function goBuildTests(tools, tested, output) {
  await compile(tools, ['test', '-c'], ['-ldflags', '-s -w', '-o', output, tested]);
}

/**
 * @param {string} tools
 * @param {string[]} command
 * @param {string[]} rest
 */
async function compile(tools, command, rest) {
  requireGo();
  // Two at a time: a single compilation can need a gigabyte, and other programs run on the machine. Without debug
  // information, building Kubernetes takes about a third less processor time.
  const compiler = ['-p', '2', '-trimpath', '-buildvcs=false', '-gcflags=all=-dwarf=false'];
  await run('go', [...command, ...compiler, ...rest], { cwd: toolsFolder(tools), env });
}

/**
 * Downloads the source of a module, unless Go has it already.
 *
 * @param {string} tools
 * @param {string} module
 * @returns {Promise<string>} the folder of the source in Go's module cache
 */
export async function moduleFolder(tools, module) {
  requireGo();
  const answer = await run('go', ['mod', 'download', '-json', module], { cwd: toolsFolder(tools), env });
  const { Dir: folder } = /** @type {{ Dir: string }} */ (JSON.parse(answer));
  return folder;
}

function requireGo() {
  if (isOnPath('go')) return;
  throw new Error('The test bench builds its servers with Go (1.21 or newer), and there is no go on the PATH.');
}
