// Pulp's container plugin, the registry inside Satellite and Katello: tokens from its own server, manifests that are taken by
// tasks, and blobs that are redirected to another port. Not part of `npm test`: what it needs is fetched each time.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { carvelAirgap } from '../support/cli.ts';
import { fixtureTar } from '../support/fixture.ts';
import { imgpkg } from '../support/imgpkg.ts';
import { makeTemporaryFolder, type TemporaryFolder } from '../support/lifetime.ts';
import { type Pulp, startPulp } from '../support/pulp.ts';
import { RawRepository } from '../support/raw-registry.ts';
import { type Registry, startRegistry } from '../support/registry.ts';

const MIB = 1024 * 1024;

describe('Pulp', () => {
  let pulp: Pulp;
  let vendor: Registry;
  let folder: TemporaryFolder;

  before(async () => {
    folder = await makeTemporaryFolder('copies');
    vendor = await startRegistry();
    pulp = await startPulp((what) => console.log(`[set-up] ${what}`));
  });
  after(async () => {
    await pulp?.stop();
    await vendor?.stop();
    await folder?.remove();
  });

  const copy = async (...args: string[]): Promise<string> => {
    const { name, password } = pulp.user;
    const account = ['--registry-username', name, '--registry-password', password];
    const { code, stdout, stderr } = await carvelAirgap(['copy', ...args, ...account]);
    assert.equal(code, 0, stderr);
    return stdout + stderr;
  };
  const byImgpkg = async (...args: string[]): Promise<void> => {
    const env = { IMGPKG_USERNAME: pulp.user.name, IMGPKG_PASSWORD: pulp.user.password };
    const { code, stderr } = await imgpkg(args, { env });
    assert.equal(code, 0, stderr);
  };

  test('accepts a bundle from a tar, which imgpkg pulls', async () => {
    assert.match(await copy('--tar', fixtureTar, '--to-repo', `${pulp.host}/ours/packages`), /5 images: 5 copied/);
    await byImgpkg('pull', '-r', '-b', `${pulp.host}/ours/packages:v1.0.0`, '-o', join(folder.path, 'pulled'));
  });

  test('has what imgpkg copied, which is not sent again', async () => {
    await byImgpkg('copy', '--tar', fixtureTar, '--to-repo', `${pulp.host}/theirs/packages`);
    const again = await copy('--tar', fixtureTar, '--to-repo', `${pulp.host}/theirs/packages`);
    assert.match(again, /0 copied, 5 already there/);
  });

  test('mounts blobs from one repository to another', async () => {
    const reported = await copy('-b', `${pulp.host}/ours/packages:v1.0.0`, '--to-repo', `${pulp.host}/ours/second`);
    assert.match(reported, /11 blobs: 0 copied, 11 mounted/);
  });

  test('exports a complete tar', async () => {
    const tar = join(folder.path, 'packages.tar');
    await copy('-b', `${pulp.host}/ours/packages:v1.0.0`, '--to-tar', tar);
    assert.equal((await carvelAirgap(['verify', tar])).code, 0);
  });

  test('accepts a large blob in chunks, and reports it afterwards', async () => {
    await new RawRepository(vendor.host, 'apps/large').pushImage('v1', [randomBytes(70 * MIB)]);
    const args = ['-i', `${vendor.host}/apps/large:v1`, '--to-repo', `${pulp.host}/apps/large`];
    assert.match(await copy(...args), /2 blobs: 2 copied/);
    assert.match(await copy(...args, '--repair'), /2 blobs: 0 copied, 0 mounted, 2 already there/);
  });
});
