// @ts-check
// The third-party code in the bundles: its licenses, and a bill of materials.
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * @typedef {{ name: string, version: string, license: string, text: string }} Component
 */

/** @param {string} input a path as in esbuild's metafile, relative to the project's folder */
function packageFolder(input) {
  return /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(input)?.[0];
}

/**
 * @param {string} folder
 * @returns {Promise<Component>}
 */
async function readComponent(folder) {
  const { name, version, license } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
  const file = (await readdir(folder)).find((each) => /^(?:un)?licen[cs]e(?:[-.]\w+)?$/i.test(each));
  if (typeof license !== 'string')
    throw new Error(`${name} ${version} does not say under which license it may be passed on.`);
  const text =
    file === undefined ? 'The package has no file with its text.' : await readFile(join(folder, file), 'utf8');
  return { name, version, license, text: text.trim() };
}

/**
 * The packages that contribute to a bundle, sorted by name; a package in several versions appears several times.
 * @param {string} root
 * @param {readonly import('esbuild').Metafile[]} metafiles
 */
export async function bundledComponents(root, metafiles) {
  const outputs = metafiles.flatMap(({ outputs }) => Object.values(outputs));
  const used = outputs.flatMap(({ inputs }) =>
    Object.entries(inputs).flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? [packageFolder(path)] : [])),
  );
  const folders = [...new Set(used)].filter((folder) => folder !== undefined);
  const components = await Promise.all(folders.map((folder) => readComponent(join(root, folder))));
  return components.sort((a, b) => (`${a.name}@${a.version}` < `${b.name}@${b.version}` ? -1 : 1));
}

/**
 * Writes THIRD-PARTY-NOTICES.txt and sbom.cdx.json (CycloneDX 1.6), without times and random numbers: the same bundles
 * produce the same bytes.
 * @param {string} folder
 * @param {readonly Component[]} components
 * @param {{ name: string, version: string }} own
 */
export async function writeThirdParty(folder, components, own) {
  const notices = components.map(
    ({ name, version, license, text }) => `${'='.repeat(80)}\n${name} ${version} (${license})\n\n${text}\n`,
  );
  await writeFile(
    join(folder, 'THIRD-PARTY-NOTICES.txt'),
    `Carvel Airgap contains parts of these packages, each under its own license.\n\n${notices.join('\n')}`,
  );
  const library = (/** @type {Component} */ { name, version, license }) => {
    const purl = `pkg:npm/${name.replace('@', '%40')}@${version}`;
    return { type: 'library', 'bom-ref': purl, name, version, licenses: [{ license: { id: license } }], purl };
  };
  const bom = {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: { component: { type: 'application', 'bom-ref': own.name, name: own.name, version: own.version } },
    components: components.map(library),
  };
  await writeFile(join(folder, 'sbom.cdx.json'), `${JSON.stringify(bom, undefined, 2)}\n`);
}
