import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { warnAboutAuthFiles } from '../../../src/oci/auth/auth-file.ts';
import { chainProviders } from '../../../src/oci/auth/credentials.ts';
import { helperFolders } from '../../../src/oci/auth/credential-helpers.ts';
import type { Credential } from '../../../src/oci/auth/credentials.ts';
import { podmanCredentials } from '../../../src/oci/auth/podman-auth.ts';
import { dockerConfigCredentials } from '../../../src/oci/auth/docker-config.ts';

const basic = (user: string, password: string) => ({ auth: Buffer.from(`${user}:${password}`).toString('base64') });

describe("docker's config.json", () => {
  let folder = '';
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'docker-config-'));
    const auths = {
      'registry.example:5000': basic('all', 'a:b'),
      'registry.example:5000/team': basic('team', 'x'),
      'https://legacy.example/v1/': { username: 'old', password: 'style' },
      'https://index.docker.io/v1/': basic('hub', 'h'),
      'token.example': { identitytoken: 'refresh' },
      'store.example': {},
      __proto__: basic('evil', 'evil'),
    };
    await writeFile(join(folder, 'config.json'), JSON.stringify({ auths }));
  });
  after(() => rm(folder, { recursive: true }));

  const ask = (registry: string, repository = 'a/b') =>
    dockerConfigCredentials({ DOCKER_CONFIG: folder })({ side: 'source', registry, repository });
  const user = async (registry: string, repository?: string) => {
    const credential = await ask(registry, repository);
    return credential?.kind === 'basic' ? `${credential.username} ${credential.password}` : credential?.kind;
  };

  test('uses the longest matching path', async () => {
    assert.equal(await user('registry.example:5000'), 'all a:b');
    assert.equal(await user('registry.example:5000', 'team/app'), 'team x');
    assert.equal(await user('registry.example:5000', 'team2/app'), 'all a:b');
  });

  test('never sends one host the password of another', async () => {
    for (const host of [
      'registry.example',
      'registry.example:5001',
      'xregistry.example:5000',
      'ghrc.io',
      '__proto__',
    ]) {
      assert.equal(await user(host), undefined, host);
    }
  });

  test('supports old keys, Docker Hub and refresh tokens', async () => {
    assert.equal(await user('legacy.example'), 'old style');
    assert.equal(await user('index.docker.io', 'library/nginx'), 'hub h');
    assert.equal(await user('token.example'), 'identity-token');
    assert.equal(await user('store.example'), undefined);
  });

  const request = { side: 'source', registry: 'registry.example:5000', repository: 'a' } as const;

  test('is anonymous without a config, or with an empty one', async () => {
    await writeFile(join(folder, 'file'), '');
    await mkdir(join(folder, 'empty'));
    await writeFile(join(folder, 'empty', 'config.json'), '\n');
    for (const name of ['none', 'file', 'empty']) {
      assert.equal(await dockerConfigCredentials({ DOCKER_CONFIG: join(folder, name) })(request), undefined, name);
    }
  });

  test('is an error, and not skipped, if it exists and cannot be read', async () => {
    const utf16 = Buffer.from('\ufeff{"auths":{}}', 'utf16le');
    for (const [name, content, reason] of [
      ['broken', '{"auths": {"secret', /it is not JSON in UTF-8/],
      ['utf16', utf16, /it is not JSON in UTF-8/],
      ['list', '[]', /it does not hold a JSON object/],
      ['folder', undefined, /EISDIR/],
    ] as const) {
      const path = join(folder, name, 'config.json');
      await mkdir(content === undefined ? path : join(folder, name), { recursive: true });
      if (content !== undefined) await writeFile(path, content);
      await assert.rejects(dockerConfigCredentials({ DOCKER_CONFIG: join(folder, name) })(request), (error: Error) => {
        assert.match(error.message, reason);
        assert.ok(error.message.includes(path));
        assert.doesNotMatch(error.message, /secret/);
        return true;
      });
    }
    await assert.rejects(dockerConfigCredentials({ DOCKER_AUTH_CONFIG: 'x' })(request), /DOCKER_AUTH_CONFIG/);
  });

  test('is reported once if it cannot be read, and does not hide other sources', async () => {
    const reported: string[] = [];
    const known: Credential = { kind: 'basic', username: 'podman', password: 'p', origin: 'auth.json' };
    const sources = [dockerConfigCredentials({ DOCKER_CONFIG: join(folder, 'broken') }), () => Promise.resolve(known)];
    const provider = chainProviders(
      sources,
      warnAboutAuthFiles((problem) => reported.push(problem)),
    );
    for (let round = 0; round < 2; round++) assert.equal(await provider(request), known);
    assert.equal(reported.length, 1);
    assert.match(reported[0] ?? '', /The logins in .*config\.json are not used/);
  });

  test('is never read from the working directory', async () => {
    const config = JSON.stringify({ auths: { 'registry.example:5000': basic('planted', 'x') } });
    await mkdir(join(folder, 'work', '.docker'), { recursive: true });
    await mkdir(join(folder, 'work', '.config', 'containers'), { recursive: true });
    await writeFile(join(folder, 'work', '.docker', 'config.json'), config);
    await writeFile(join(folder, 'work', '.config', 'containers', 'auth.json'), config);
    const before = process.cwd();
    process.chdir(join(folder, 'work'));
    try {
      for (const HOME of ['', '.']) {
        const environment = { HOME, XDG_CONFIG_HOME: '.config', XDG_RUNTIME_DIR: '.config' };
        for (const make of [dockerConfigCredentials, podmanCredentials]) {
          const found = await make(environment)(request);
          assert.notEqual(found?.kind === 'basic' && found.username, 'planted');
        }
        assert.ok(helperFolders({ ...environment, PATH: 'bin' }).every((path) => isAbsolute(path)));
      }
    } finally {
      process.chdir(before);
    }
  });
});
