// What describe and verify say, from a registry and from a tar, for people and for programs.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { carvelAirgap } from '../support/cli.ts';
import { fixtureBundles, fixtureDigest, fixtureTar } from '../support/fixture.ts';
import { imgpkg } from '../support/imgpkg.ts';
import { makeTemporaryFolder, type TemporaryFolder } from '../support/lifetime.ts';
import { RawRepository } from '../support/raw-registry.ts';
import { type Registry, startRegistry } from '../support/registry.ts';

interface Described {
  readonly reference: string;
  readonly origin?: string;
  readonly digest: string;
  readonly kind: string;
  readonly bytes: number;
  readonly images?: readonly Described[];
  readonly manifests?: readonly { readonly platform?: string }[];
}

describe('describe', () => {
  let registry: Registry;
  let packages = '';

  before(async () => {
    registry = await startRegistry({ accessLog: true });
    packages = `${registry.host}/mirror/packages`;
    const { code, stderr } = await carvelAirgap(['copy', '--tar', fixtureTar, '--to-repo', packages]);
    assert.equal(code, 0, stderr);
  });
  after(() => registry?.stop());

  async function describeJson(target: string): Promise<{ source: string; roots: Described[]; totals: object }> {
    const { code, stdout, stderr } = await carvelAirgap(['describe', target, '--json']);
    assert.equal(code, 0, stderr + stdout);
    assert.equal(stderr, '');
    const document = JSON.parse(stdout) as {
      apiVersion: string;
      kind: string;
      source: string;
      roots: Described[];
      totals: object;
    };
    assert.deepEqual([document.apiVersion, document.kind], ['carvel-airgap/v1', 'Description']);
    return document;
  }
  const flat = (images: readonly Described[]): Described[] =>
    images.flatMap((image) => [image, ...flat(image.images ?? [])]);

  test('finds the same as imgpkg describe: each image, its location, and its origin', async () => {
    const theirs = await imgpkg(['describe', '-b', `${packages}:v1.0.0`, '-o', 'yaml']);
    assert.equal(theirs.code, 0, theirs.stderr);
    const { roots, totals } = await describeJson(`${packages}:v1.0.0`);
    const images = flat(roots);
    assert.deepEqual(totals, { images: 5, bundles: 3, blobs: 11, bytes: 42_340 });
    assert.deepEqual(
      new Set(images.filter(({ kind }) => kind === 'bundle').map(({ digest }) => digest)),
      new Set(fixtureBundles),
    );
    for (const { reference, origin } of images.slice(1)) {
      assert.ok(theirs.stdout.includes(`image: ${reference}\n`), reference);
      assert.ok(theirs.stdout.includes(`origin: ${origin}\n`), origin);
    }
    const origins = [...theirs.stdout.matchAll(/origin: (vendor\.example\S+)/g)].map(([, origin]) => origin);
    assert.deepEqual(new Set(images.flatMap(({ origin }) => origin ?? [])), new Set(origins));
  });

  test('of a tar is the same tree, without requests', async () => {
    const before = (await registry.requests()).length;
    const tar = await describeJson(fixtureTar);
    assert.equal((await registry.requests()).length, before);
    const remote = await describeJson(`${packages}@${fixtureDigest}`);
    assert.ok((await registry.requests()).length > before);
    const shape = (roots: Described[]) => flat(roots).map(({ digest, kind, bytes }) => [digest, kind, bytes]);
    assert.deepEqual(shape(tar.roots), shape(remote.roots));
    assert.deepEqual(tar.totals, remote.totals);
    assert.ok(flat(tar.roots).every(({ reference }) => reference.startsWith('vendor.example:5003/')));
    const index = flat(tar.roots).find(({ kind }) => kind === 'index');
    assert.deepEqual(
      index?.manifests?.map(({ platform }) => platform),
      ['linux/amd64', 'linux/arm64'],
    );
  });

  test('prints a tree, with layers on request', async () => {
    const { stdout } = await carvelAirgap(['describe', fixtureTar]);
    assert.match(
      stdout,
      /\n└─ bundle vendor\.example:5003\/repo\/example-packages@sha256:21ef\w+ \(tag v1\.0\.0\), 42\.3 kB\n {3}├─ bundle /,
    );
    assert.match(stdout, /\n5 images, 3 of them bundles; 11 blobs; 42\.3 kB in total\n$/);
    assert.ok(!stdout.includes('blob sha256'));
    assert.match((await carvelAirgap(['describe', fixtureTar, '--layers'])).stdout, /├─ blob sha256:/);
  });

  test('of an image shows its signature on request', async () => {
    const image = new RawRepository(registry.host, 'apps/signed');
    const digest = await image.pushImage('v1', [randomBytes(10)]);
    const signature = await image.pushImage(`${digest.replace(':', '-')}.sig`, [randomBytes(10)]);
    const { stdout } = await carvelAirgap(['describe', `${image.name}:v1`, '--cosign-signatures', '--json']);
    const { roots } = JSON.parse(stdout) as { roots: Described[] };
    assert.deepEqual(
      roots.map((root) => root.digest),
      [digest, signature],
    );
    assert.equal((await describeJson(`${image.name}:v1`)).roots.length, 1);
  });

  test('of a missing image is an error, as JSON on request', async () => {
    const plain = await carvelAirgap(['describe', `${registry.host}/mirror/none:v1`]);
    assert.equal(plain.code, 1);
    assert.match(plain.stderr, /_UNKNOWN/);
    const { code, stdout, stderr } = await carvelAirgap(['describe', `${registry.host}/mirror/none:v1`, '--json']);
    assert.equal(code, 1);
    assert.equal(stderr, '');
    const error = JSON.parse(stdout) as Record<string, unknown>;
    assert.deepEqual(
      [error['apiVersion'], error['kind'], error['code']],
      ['carvel-airgap/v1', 'Error', 'relocation.root-missing'],
    );
    assert.match((await carvelAirgap(['describe'])).stderr, /needs a reference or a file/);
  });
});

describe('verify', () => {
  let folder: TemporaryFolder;
  before(async () => {
    folder = await makeTemporaryFolder('verify');
  });
  after(() => folder?.remove());

  test('names what is wrong and exits 1', async () => {
    const path = join(folder.path, 'damaged.tar');
    await copyFile(fixtureTar, path);
    const tar = await readFile(path);
    const layer = 'sha256-1025beebcba718888671bf1f307a62bfc4fb577920acb2fc019ce4541b4c785e.tar.gz';
    tar.fill(0, tar.indexOf(layer) + 512, tar.indexOf(layer) + 512 + 20_390);
    await writeFile(path, tar);
    const { code, stdout } = await carvelAirgap(['verify', path]);
    assert.equal(code, 1);
    assert.match(
      stdout,
      new RegExp(`^zero-filled +20\\.4 kB +${layer} +an export was interrupted .*needed by vendor\\.example`, 'm'),
    );
    assert.match(stdout, /is not valid: 1 of 6 entries missing or damaged\n$/);
    const json = await carvelAirgap(['verify', path, '--json']);
    assert.equal(json.code, 1);
    const document = JSON.parse(json.stdout) as Record<string, unknown>;
    assert.deepEqual(
      [document['apiVersion'], document['kind'], document['sound'], document['totals']],
      ['carvel-airgap/v1', 'Verification', false, { ok: 5, 'zero-filled': 1 }],
    );
  });

  test('shows its progress if a terminal is requested', async () => {
    const { stderr } = await carvelAirgap(['verify', fixtureTar, '--tty']);
    assert.ok(stderr.includes('100 % · '), stderr);
    assert.equal((await carvelAirgap(['verify', fixtureTar])).stderr, '');
  });
});
