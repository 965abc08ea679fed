// What --lock-output writes, compared with imgpkg: other tools read these files.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { carvelAirgap } from '../support/cli.ts';
import { fixtureDigest, fixtureTar } from '../support/fixture.ts';
import { imgpkg } from '../support/imgpkg.ts';
import { makeTemporaryFolder, type TemporaryFolder } from '../support/lifetime.ts';
import { RawRepository } from '../support/raw-registry.ts';
import { type Registry, startRegistry } from '../support/registry.ts';

/** Texts that YAML 1.1 would take for something else, that need quotes, or that are folded. */
const TEXTS: readonly string[] = [
  ['', '~', 'null', 'true', 'yes', 'No', 'on', 'OFF', 'y', 'N', '10', '1.0', '-1', '1e3', '0x1f', '0o7', '012', '08'],
  ['1_000', '0b1', '.5', '.inf', '.NaN', '10:20', '60:30:10', '2026-01-31', '2026-1-2T3:4:5Z', '2026-01', '1.2.3'],
  ['a: b', 'a:b', 'k:', 'a #b', 'a#b', '#c', '- x', '-x', '-', '?', '?x', ':x', '---', '...', '.', '=', '>', '|'],
  ['@at', '`bt', '%p', '!t', '&a', '*a', '{a}', '[a]', 'a,b', "it's", '"q"', 'a\'b"c', 'a\\b', ' lead', 'trail '],
  ['two\nlines', 'two\nlines\n', 'three\n\n\nlines\n\n', '\nfirst', ' a\nb', 'a \nb', 'tab\there', 'grün', '日本語'],
  ['word '.repeat(40).trim()],
  [`it's ${'word '.repeat(40)}`],
  [`# ${'two  spaces '.repeat(20).trim()}`],
  [`tab\t${'word '.repeat(40).trim()}`],
  ['<<', 'x'.repeat(200)],
].flat();

describe('--lock-output is byte for byte what imgpkg writes', () => {
  let registry: Registry;
  let folder: TemporaryFolder;
  let image: string;

  before(async () => {
    registry = await startRegistry();
    folder = await makeTemporaryFolder('locks');
    const repository = new RawRepository(registry.host, 'apps/image');
    image = `${repository.name}@${await repository.pushImage('v1', [randomBytes(30)])}`;
    const to = ['--to-repo', `${registry.host}/vendor/packages`];
    assert.equal((await imgpkg(['copy', '--tar', fixtureTar, ...to])).code, 0);
  });
  after(async () => {
    await folder?.remove();
    await registry?.stop();
  });

  async function same(...source: string[]): Promise<string> {
    const [ours, theirs] = [join(folder.path, 'ours.yml'), join(folder.path, 'theirs.yml')];
    const args = ['copy', ...source, '--to-repo', `${registry.host}/locked`, '--lock-output'];
    const reference = await imgpkg([...args, theirs]);
    assert.equal(reference.code, 0, reference.stderr);
    const { code, stderr } = await carvelAirgap([...args, ours]);
    assert.equal(code, 0, stderr);
    const written = await readFile(ours, 'utf8');
    assert.equal(written, await readFile(theirs, 'utf8'));
    return written;
  }

  test('for annotations of every kind', async () => {
    const asValues = Object.fromEntries(TEXTS.map((text, index) => [`value-${index}`, text]));
    // Go compares numbers in keys; with leading zeros its order depends on how the keys happen to be arranged.
    // A key `<<` is what it cannot read back itself.
    const asKeys = Object.fromEntries(
      TEXTS.filter((text) => !text.startsWith('0') && text !== '<<').map((text) => [text, 'a key']),
    );
    const images = [asValues, asKeys, {}].map((annotations) => ({ image, annotations }));
    const lock = { apiVersion: 'imgpkg.carvel.dev/v1alpha1', kind: 'ImagesLock', images };
    const path = join(folder.path, 'images.yml');
    await writeFile(path, JSON.stringify(lock));
    await same('--lock', path);
  });

  for (const tag of ['on', 'y', '1_000', '2026-01-31', '1.10', 'null', 'v1.0.0']) {
    test(`for a bundle with the tag ${tag}, which is read back as a string`, async () => {
      const bundle = { image: `${registry.host}/vendor/packages@${fixtureDigest}`, tag };
      const path = join(folder.path, 'bundle.yml');
      await writeFile(path, JSON.stringify({ apiVersion: 'imgpkg.carvel.dev/v1alpha1', kind: 'BundleLock', bundle }));
      const written = await same('--lock', path);
      await writeFile(path, written);
      const again = await imgpkg(['copy', '--lock', path, '--to-repo', `${registry.host}/again`]);
      assert.equal(again.code, 0, again.stderr);
      assert.ok((await new RawRepository(registry.host, 'again').tags()).has(tag));
    });
  }

  test('for an image with a tag, by digest, and in a tar', async () => {
    const tar = join(folder.path, 'image.tar');
    await same('-i', image);
    await same('-i', image.replace(/@.*/, ':v1'));
    assert.equal((await imgpkg(['copy', '-i', image, '--to-tar', tar])).code, 0);
    await same('--tar', tar);
    await same('--tar', fixtureTar);
  });
});
