// Locks that are legal and unusual: what imgpkg makes of each is what we have to make of it.
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';

import { carvelAirgap } from '../support/cli.ts';
import { imgpkg } from '../support/imgpkg.ts';
import { makeTemporaryFolder, type TemporaryFolder } from '../support/lifetime.ts';
import { RawRepository, tarFile } from '../support/raw-registry.ts';
import { startRegistry, type Registry } from '../support/registry.ts';

const HEAD = 'apiVersion: imgpkg.carvel.dev/v1alpha1\nkind: ImagesLock\nimages:\n';

const annotated = (annotations: string) => (image: string) =>
  `${HEAD}- image: ${image}\n  annotations:\n${annotations.replaceAll(/^/gm, '    ')}\n`;
const numbers = [
  'build: 1234',
  'mask: 0755',
  'hex: 0x1F',
  'version: 1.10',
  'large: 12345678.9',
  'many: 1_000',
  'end: .inf',
];
const words = ['lts: true', 'switch: on', 'no: No', 'none:', 'tilde: ~', 'day: 2024-01-02', 'time: 12:30:45'];
const tags = ['text: !!str 007', 'own: !vendor x', 'raw: !!binary aGVsbG8=', 'real: !!float 3'];

const LOCKS: Readonly<Record<string, (image: string) => string | Buffer>> = {
  numbers: annotated(numbers.join('\n')),
  'booleans, nulls and dates': annotated(words.join('\n')),
  'explicit tags': annotated(tags.join('\n')),
  'keys that are no texts': annotated('1: one\ntrue: two\n1.5: three'),
  'block scalars': annotated('note: |\n  one\n  two\nfolded: >-\n  a\n  b'),
  'aliases of a shared mapping': (image) =>
    `${HEAD}- image: ${image}\n  annotations: &id001\n    team: x\n${`- image: ${image}\n  annotations: *id001\n`.repeat(150)}`,
  'merge keys': (image) => `${HEAD}- &x\n  image: ${image}\n- <<: *x\n  annotations: {<<: {a: b}, c: d}\n`,
  'a merge key that repeats a key': (image) => `${HEAD}- &x\n  image: ${image}\n- <<: *x\n  image: ${image}\n`,
  'a trailing document marker': (image) => `${HEAD}- image: ${image}\n---\n`,
  'a second document that is broken': (image) => `${HEAD}- image: ${image}\n---\n[\n`,
  'JSON with tabs': (image) =>
    `{"apiVersion": "imgpkg.carvel.dev/v1alpha1",\n\t"kind": "ImagesLock",\n\t"images": [\n\t\t{"image": "${image}"}]}`,
  'a flow collection': (image) => `${HEAD.trimEnd()} [\n  {image: "${image}"},\n]\n`,
  'fields in upper case': (image) => `${HEAD.replace('kind', 'Kind')}- IMAGE: ${image}\n`,
  'carriage returns': (image) => `${HEAD}- image: ${image}\n`.replaceAll('\n', '\r\n'),
  'UTF-16LE with a byte order mark': (image) => Buffer.from(`\ufeff${HEAD}- image: ${image}\n`, 'utf16le'),
  'UTF-16BE with a byte order mark': (image) => Buffer.from(`\ufeff${HEAD}- image: ${image}\n`, 'utf16le').swap16(),
  'bytes that are no UTF-8': (image) => Buffer.from(`${HEAD}- image: ${image}\n# caf\u00e9\n`, 'latin1'),
  'a list as annotation': annotated('a: [b]'),
};

describe('a lock with', () => {
  let registry: Registry;
  let folder: TemporaryFolder;
  let image = '';
  before(async () => {
    registry = await startRegistry();
    folder = await makeTemporaryFolder('locks');
    const repository = new RawRepository(registry.host, 'vendor/app');
    image = `${repository.name}@${await repository.pushImage('v1', [Buffer.from('layer')])}`;
  });
  after(async () => {
    await folder?.remove();
    await registry?.stop();
  });

  for (const [name, make] of Object.entries(LOCKS)) {
    test(`${name} is read as by imgpkg, from a file and in a bundle`, async () => {
      const lock = join(folder.path, 'lock.yml');
      await writeFile(lock, make(image));
      const outcomes = [];
      for (const [tool, to] of [
        [imgpkg, 'theirs'],
        [carvelAirgap, 'ours'],
      ] as const) {
        const [output, repository] = [join(folder.path, `${to}.yml`), `${registry.host}/${to}`];
        const { code } = await tool(['copy', '--lock', lock, '--to-repo', repository, '--lock-output', output]);
        outcomes.push(code === 0 ? (await readFile(output, 'utf8')).replaceAll(repository, 'DESTINATION') : 'refused');
      }
      const [theirs, ours] = outcomes;
      assert.equal(ours, theirs);

      const bundle = new RawRepository(registry.host, 'vendor/bundle');
      const layer = gzipSync(tarFile('.imgpkg/images.yml', Buffer.from(make(image))));
      await bundle.pushImage('v1', [layer], { 'dev.carvel.imgpkg.bundle': 'true' });
      const { code } = await carvelAirgap(['copy', '-b', `${bundle.name}:v1`, '--to-repo', `${registry.host}/bundle`]);
      assert.equal(code === 0, theirs !== 'refused');
    });
  }
});
