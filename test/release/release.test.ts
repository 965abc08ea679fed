// What is released: the VSIX and the npm tarball, as somebody gets them who has nothing else.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { globSync } from 'node:fs';
import { cp, mkdir, readFile, stat, symlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { inflateRawSync } from 'node:zlib';

import { makeTemporaryFolder, type TemporaryFolder } from '../support/lifetime.ts';
import { outputOf, type RunOptions } from '../support/run-program.ts';
import { ensureActionlint } from '../support/setup/actionlint.mjs';

const root = fileURLToPath(new URL('../../', import.meta.url));
const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };
const MIB = 1024 * 1024;

/** npm and git find their homes; of Nodes, the project's own comes first. */
const environment = {
  HOME: process.env['HOME'] ?? '',
  PATH: `${dirname(process.execPath)}:${process.env['PATH'] ?? ''}`,
};

const run = (command: string, args: readonly string[], options: RunOptions = {}) =>
  outputOf(command, args, { ...options, env: { ...environment, ...options.env } });

/** The files of a zip by name, from its central directory (APPNOTE 4.3.12). */
function filesIn(zip: Buffer): Map<string, Buffer> {
  const files = new Map<string, Buffer>();
  const signature = Buffer.from('PK\x01\x02', 'latin1');
  for (let at = zip.indexOf(signature); at >= 0;) {
    const length = zip.readUInt16LE(at + 28);
    const local = zip.readUInt32LE(at + 42);
    const start = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
    const packed = zip.subarray(start, start + zip.readUInt32LE(at + 20));
    const content = zip.readUInt16LE(at + 10) === 0 ? packed : inflateRawSync(packed);
    files.set(zip.toString('utf8', at + 46, at + 46 + length), content);
    at += 46 + length + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32);
    if (!zip.subarray(at, at + 4).equals(signature)) break;
  }
  return files;
}

describe('the release', () => {
  let folder: TemporaryFolder;
  before(async () => {
    folder = await makeTemporaryFolder('release');
  });
  after(() => folder.remove());

  /** The files of the commit, as they are now, in another place. */
  async function copyOfTheTree(): Promise<string> {
    const copy = join(folder.path, 'elsewhere', 'tree');
    const files = await run('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: root });
    for (const file of files.split('\0').filter((each) => each !== '')) {
      await mkdir(dirname(join(copy, file)), { recursive: true });
      await cp(join(root, file), join(copy, file));
    }
    await symlink(join(root, 'node_modules'), join(copy, 'node_modules'));
    return copy;
  }

  test('the VSIX is reproducible and small, and contains what it needs', async () => {
    const [here, there] = [join(folder.path, 'here.vsix'), join(folder.path, 'there.vsix')];
    await run(process.execPath, [join(root, 'scripts/package.mjs'), here]);
    const copy = await copyOfTheTree();
    const env = { TZ: 'Asia/Tokyo', LANG: 'de_DE.UTF-8' };
    await run(process.execPath, [join(copy, 'scripts/package.mjs'), there], { env });
    const hash = async (file: string) =>
      createHash('sha256')
        .update(await readFile(file))
        .digest('hex');
    assert.equal(await hash(there), await hash(here));

    assert.ok((await stat(here)).size < 2 * MIB, `${(await stat(here)).size} bytes`);
    const files = filesIn(await readFile(here));
    const bundles = ['cluster', 'engine', 'extension', 'registries', 'sigstore', 'workbench', 'yaml'].map(
      (name) => `dist/${name}.cjs`,
    );
    const steps = ['apply', 'install', 'registries', 'relocate', 'tarball'].map(
      (name) => `media/walkthrough/${name}.svg`,
    );
    const extension = [
      'LICENSE.txt',
      'changelog.md',
      'dist/THIRD-PARTY-NOTICES.txt',
      'dist/map-colors.css',
      'dist/map-style.css',
      'dist/map.js',
      'dist/sbom.cdx.json',
      'docs/sync.md',
      'docs/troubleshooting.md',
      'l10n/bundle.l10n.de.json',
      'media/carvel-airgap.svg',
      'media/icon.png',
      'package.json',
      'package.nls.de.json',
      'package.nls.json',
      'readme.md',
      ...bundles,
      ...steps,
    ].map((name) => `extension/${name}`);
    assert.deepEqual([...files.keys()].sort(), ['[Content_Types].xml', 'extension.vsixmanifest', ...extension].sort());

    // Each window loads it, whether the extension is used there or not.
    const always = files.get('extension/dist/extension.cjs');
    assert.ok(always !== undefined && always.length < 20_000, `${always?.length} bytes`);

    // The page of a map.
    const script = files.get('extension/dist/map.js');
    assert.ok(script !== undefined && script.length < 150_000, `${script?.length} bytes`);

    const page = files.get('extension/readme.md')?.toString() ?? '';
    assert.match(page, /^# Carvel Airgap\n/);
    assert.doesNotMatch(page, /npm start/);
    const targets = [...page.matchAll(/\]\(([^)]*)\)/g)].map(([, target = '']) => target);
    assert.deepEqual(
      targets.filter((target) => !target.startsWith('https://')),
      [],
    );
  });

  test('the npm tarball is the command line, and needs only Node', async () => {
    await run('npm', ['pack', '--pack-destination', folder.path], { cwd: root });
    const tarball = join(folder.path, `carvel-airgap-${version}.tgz`);
    const files = (await run('tar', ['-tzf', tarball])).trim().split('\n').sort();
    assert.deepEqual(files, [
      'package/CHANGELOG.md',
      'package/LICENSE',
      'package/README.md',
      'package/dist/THIRD-PARTY-NOTICES.txt',
      'package/dist/cli-commands.cjs',
      'package/dist/cli.cjs',
      'package/dist/mcp-sdk.cjs',
      ...globSync('docs/*.{md,json}', { cwd: root })
        .map((document) => `package/${document}`)
        .sort(),
      'package/package.json',
    ]);
    const prefix = join(folder.path, 'installed');
    await run('npm', ['install', '--global', '--offline', '--no-audit', '--prefix', prefix, tarball]);
    const answer = await run(join(prefix, 'bin/carvel-airgap'), ['version'], { cwd: folder.path });
    assert.match(answer, new RegExp(`carvel-airgap.*${version.replaceAll('.', '\\.')}`));
  });

  test('the bill of materials lists each bundled package, and the notices its license', async () => {
    const bom = JSON.parse(await readFile(join(root, 'dist/sbom.cdx.json'), 'utf8')) as {
      components: { name: string; version: string; licenses: { license: { id: string } }[] }[];
    };
    const notices = await readFile(join(root, 'dist/THIRD-PARTY-NOTICES.txt'), 'utf8');
    for (const name of ['yaml', '@kubernetes/client-node']) {
      const found = bom.components.find((component) => component.name === name);
      const installed = JSON.parse(await readFile(join(root, 'node_modules', name, 'package.json'), 'utf8')) as {
        version: string;
        license: string;
      };
      assert.equal(found?.version, installed.version);
      assert.equal(found.licenses[0]?.license.id, installed.license);
    }
    for (const { name, version: each } of bom.components) assert.ok(notices.includes(`\n${name} ${each} (`), name);
  });

  test('the workflows are valid, and run scripts that exist', async () => {
    const workflows = globSync('.github/workflows/*.yml', { cwd: root });
    assert.deepEqual(workflows.map((file) => basename(file)).sort(), ['ci.yml', 'release.yml']);
    await run(await ensureActionlint(), workflows, { cwd: root });
    const texts = await Promise.all(workflows.map((file) => readFile(join(root, file), 'utf8')));
    const { scripts } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { scripts: object };
    const called = texts.flatMap((text) => [...text.matchAll(/npm (?:run )?(test\b[\w:]*|(?<=run )[\w:]+)/g)]);
    assert.ok(called.length >= 6);
    for (const [, name = ''] of called) assert.ok(name in scripts, name);
  });

  test('repository and bugs contain one place, which is filled in before a release', async () => {
    const { repository, bugs } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
      repository: { url: string };
      bugs: { url: string };
    };
    assert.equal(bugs.url, repository.url.replace(/\.git$/, '/issues'));
    const release = await readFile(join(root, '.github/workflows/release.yml'), 'utf8');
    assert.match(release, /grep -q 'example\\\.invalid' package\.json/);
  });
});
