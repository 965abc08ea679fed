// @ts-check
// imgpkg, the reference for interoperability, and kapp-controller with the programs it runs.
import { cp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ensureCached } from './cache.mjs';
import { goBuild, goBuildTests, moduleFolder, pinnedVersion, toolsFolder } from './go.mjs';
import { isMain, run } from './run.mjs';

const programs = {
  imgpkg: { tools: 'imgpkg', version: 'carvel.dev/imgpkg/pkg/imgpkg/cmd.Version', why: 'the tests compare with it' },
  ytt: { tools: 'carvel', version: 'carvel.dev/ytt/pkg/version.Version', why: 'kapp-controller runs it' },
  vendir: { tools: 'carvel', version: 'carvel.dev/vendir/pkg/vendir/version.Version', why: 'kapp-controller runs it' },
  kbld: { tools: 'carvel', version: 'carvel.dev/kbld/pkg/kbld/version.Version', why: 'kapp-controller runs it' },
  kapp: { tools: 'carvel', version: 'carvel.dev/kapp/pkg/kapp/version.Version', why: 'kapp-controller runs it' },
};

/**
 * @param {keyof typeof programs} name
 * @returns {Promise<string>} the folder that contains the program
 */
export async function ensureProgram(name) {
  const { tools, version: variable, why } = programs[name];
  const module = `carvel.dev/${name}`;
  const version = pinnedVersion(tools, module);
  const announcement = `Building ${name} ${version} from the Go module proxy: ${why}. A minute or two on two cores, once.`;
  return ensureCached({ name, version, announcement }, (folder) =>
    goBuild(tools, `${module}/cmd/${name}`, join(folder, name), { [variable]: version }),
  );
}

/** @returns {Promise<string>} the program imgpkg */
export async function ensureImgpkg() {
  return join(await ensureProgram('imgpkg'), 'imgpkg');
}

/**
 * imgpkg's own end-to-end tests.
 * @returns {Promise<string>} a folder with the program `e2e.test` and the `assets` of its working directory
 */
export async function ensureImgpkgTests() {
  const module = 'carvel.dev/imgpkg';
  const version = pinnedVersion('imgpkg', module);
  const announcement = `Building the end-to-end tests of imgpkg ${version} from the Go module proxy: they run against the command line. About a minute on two cores, once.`;
  return ensureCached({ name: 'imgpkg-e2e', version, announcement }, async (unfinished) => {
    await goBuildTests('imgpkg', `${module}/test/e2e`, join(unfinished, 'e2e.test'));
    const source = join(await moduleFolder('imgpkg', module), 'test/e2e/assets');
    await cp(source, join(unfinished, 'assets'), { recursive: true });
    // Go's module cache is read-only, and the copy inherits that.
    await run('chmod', ['-R', 'u+w', unfinished]);
  });
}

/**
 * kapp-controller, the folder `config` of its source (ytt templates of the resources to apply to a cluster), and the
 * programs it runs.
 * @returns {Promise<{ program: string, config: string, ytt: string, path: string[] }>} `path`: for its PATH
 */
export async function ensureKappController() {
  const module = 'carvel.dev/kapp-controller';
  const version = pinnedVersion('kapp-controller', module);
  const announcement = `Building kapp-controller ${version} from the Go module proxy: the cluster tests run it. About five minutes on two cores, once.`;
  const what = { name: 'kapp-controller', version: `${version}-without-reaper`, announcement };
  const folder = await ensureCached(what, async (unfinished) => {
    const output = join(unfinished, 'kapp-controller');
    const source = join(unfinished, 'source');
    await cp(await moduleFolder('kapp-controller', module), source, { recursive: true });
    // Go's module cache is read-only, and the copy inherits that.
    await run('chmod', ['-R', 'u+w', source]);
    const modfile = await withoutReaper(source);
    await goBuild('kapp-controller', `${module}/cmd/controller`, output, { 'main.Version': `v${version}` }, modfile);
    await rename(join(source, 'config'), join(unfinished, 'config'));
    await rm(source, { recursive: true });
  });
  // One after the other: two builds at the same time need more memory and are not faster.
  const ytt = await ensureProgram('ytt');
  const path = [ytt];
  for (const name of /** @type {const} */ (['vendir', 'kbld', 'kapp'])) path.push(await ensureProgram(name));
  return {
    program: join(folder, 'kapp-controller'),
    config: join(folder, 'config'),
    ytt: join(ytt, 'ytt'),
    path,
  };
}

/**
 * This version's sidecar looks for ended processes every second, and so sometimes takes the exit status of a program
 * from the code that waits for it: "waitid: no child processes", and the reconciliation fails. The fix of later
 * versions, which Go's module proxy does not have, is to leave that to another process
 * (carvel-dev/kapp-controller#1806).
 *
 * @param {string} source a copy, which is changed
 * @returns {Promise<string>} a go.mod that names it
 */
async function withoutReaper(source) {
  const file = join(source, 'cmd/controller/sidecarexec.go');
  const text = await readFile(file, 'utf8');
  const changed = text.replace('\tgo reapZombies(mainLog)\n', '');
  if (changed === text) throw new Error(`${file} does not start the reaper any more: build it as it is.`);
  await writeFile(file, changed);
  const tools = toolsFolder('kapp-controller');
  const modfile = join(source, 'bench.mod');
  const replacement = `replace carvel.dev/kapp-controller => ${source}\n`;
  await writeFile(modfile, `${await readFile(join(tools, 'go.mod'), 'utf8')}\n${replacement}`);
  await cp(join(tools, 'go.sum'), join(source, 'bench.sum'));
  return modfile;
}

/**
 * kctrl, kapp-controller's command line: the reference for installing Packages. The module proxy has only this version.
 * @returns {Promise<string>} the program
 */
export async function ensureKctrl() {
  const module = 'github.com/vmware-tanzu/carvel-kapp-controller/cli';
  const version = pinnedVersion('kctrl', module);
  const announcement = `Building kctrl ${version} from the Go module proxy: the tests of PackageInstalls compare with it. About two minutes on two cores, once.`;
  const folder = await ensureCached({ name: 'kctrl', version, announcement }, (unfinished) =>
    goBuild('kctrl', `${module}/cmd/kctrl`, join(unfinished, 'kctrl'), {
      [`${module}/pkg/kctrl/version.Version`]: version,
    }),
  );
  return join(folder, 'kctrl');
}

if (isMain(import.meta.url)) console.log(await ensureImgpkg(), await ensureKappController(), await ensureKctrl());
