// Real registries that each require a password: which one is sent where.
import assert from 'node:assert/strict';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { carvelAirgap } from '../support/cli.ts';
import { fixtureTar } from '../support/fixture.ts';
import { makeTemporaryFolder, type TemporaryFolder } from '../support/lifetime.ts';
import { type Registry, startRegistry } from '../support/registry.ts';

const VENDOR = { name: 'reader', password: 'of-the-vendor' };
const INSIDE = { name: 'robot$ci', password: 'of-the:inside' };

describe('two registries with a password each', () => {
  let vendor: Registry;
  let inside: Registry;
  let folder: TemporaryFolder;

  before(async () => {
    vendor = await startRegistry({ user: VENDOR });
    inside = await startRegistry({ user: INSIDE });
    folder = await makeTemporaryFolder('logins');
    const args = ['copy', '--tar', fixtureTar, '--to-repo', `${vendor.host}/packages`];
    const login = ['--registry-username', VENDOR.name, '--registry-password', VENDOR.password];
    assert.equal((await carvelAirgap([...args, ...login])).code, 0);
  });
  after(async () => {
    await folder?.remove();
    await vendor?.stop();
    await inside?.stop();
  });

  const relocate = (path: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
    carvelAirgap(['copy', '-b', `${vendor.host}/packages:v1.0.0`, '--to-repo', `${inside.host}/${path}`, ...args], {
      env,
    });

  test('each get their own through the flags of one side', async () => {
    const from = ['--from-registry-username', VENDOR.name, '--from-registry-password', VENDOR.password];
    const to = ['--to-registry-username', INSIDE.name, '--to-registry-password', INSIDE.password];
    const outcome = await relocate('by-flags', [...from, ...to]);
    assert.equal(outcome.code, 0, outcome.stderr);
    const wrong = await relocate('by-flags', [...to, '--from-registry-username', 'x', '--from-registry-password', 'y']);
    assert.match(
      wrong.stderr,
      new RegExp(`${vendor.host} rejected the user name or password .*Credentials used: --from-registry`, 's'),
    );
  });

  test('each get their own through variables, which no other user sees', async () => {
    const outcome = await relocate('by-variables', [], {
      CARVEL_AIRGAP_FROM_USERNAME: VENDOR.name,
      CARVEL_AIRGAP_FROM_PASSWORD: VENDOR.password,
      CARVEL_AIRGAP_TO_USERNAME: INSIDE.name,
      CARVEL_AIRGAP_TO_PASSWORD: INSIDE.password,
    });
    assert.equal(outcome.code, 0, outcome.stderr);
  });

  test("are used with Docker's helper and Podman's file", async () => {
    const helper = join(folder.path, 'docker-credential-vendor');
    await writeFile(
      helper,
      `#!/bin/sh\necho '${JSON.stringify({ Username: VENDOR.name, Secret: VENDOR.password })}'\n`,
    );
    await chmod(helper, 0o755);
    const config = { credHelpers: { [vendor.host]: 'vendor' } };
    await writeFile(join(folder.path, 'config.json'), JSON.stringify(config));
    const auth = Buffer.from(`${INSIDE.name}:${INSIDE.password}`).toString('base64');
    await mkdir(join(folder.path, 'containers'));
    const file = join(folder.path, 'containers/auth.json');
    await writeFile(file, JSON.stringify({ auths: { [inside.host]: { auth } } }));
    const environment = { PATH: `${folder.path}:${process.env['PATH'] ?? ''}`, DOCKER_CONFIG: folder.path };
    const outcome = await relocate('by-logins', [], { ...environment, XDG_RUNTIME_DIR: folder.path });
    assert.equal(outcome.code, 0, outcome.stderr);
  });

  test('cannot be copied between without a login, and a broken helper is named as the cause', async () => {
    const none = await relocate('none', []);
    assert.match(none.stderr, /requires credentials/);
    const broken = join(folder.path, 'broken');
    await mkdir(broken);
    await writeFile(join(broken, 'config.json'), JSON.stringify({ credsStore: 'gone' }));
    const outcome = await relocate('none', [], { DOCKER_CONFIG: broken });
    assert.match(outcome.stderr, /requires credentials.*Cause:.*docker-credential-gone for .* was not found/s);
  });
});
