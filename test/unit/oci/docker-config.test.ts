import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { dockerConfigCredentials } from '../../../src/oci/docker-config.ts';

const basic = (user: string, password: string) => ({ auth: Buffer.from(`${user}:${password}`).toString('base64') });

describe('the docker config', () => {
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

  test('gives the longest path that fits', async () => {
    assert.equal(await user('registry.example:5000'), 'all a:b');
    assert.equal(await user('registry.example:5000', 'team/app'), 'team x');
    assert.equal(await user('registry.example:5000', 'team2/app'), 'all a:b');
  });

  test('never gives one host the password of another', async () => {
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

  test('knows old keys, Docker Hub and refresh tokens', async () => {
    assert.equal(await user('legacy.example'), 'old style');
    assert.equal(await user('index.docker.io', 'library/nginx'), 'hub h');
    assert.equal(await user('token.example'), 'identity-token');
    assert.equal(await user('store.example'), undefined);
  });

  test('is anonymous where there is no config, or one that is no JSON', async () => {
    const nowhere = dockerConfigCredentials({ DOCKER_CONFIG: join(folder, 'none') });
    assert.equal(await nowhere({ side: 'source', registry: 'registry.example:5000', repository: 'a' }), undefined);
  });
});
