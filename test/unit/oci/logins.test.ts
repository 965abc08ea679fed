// Where other programs keep logins, and in which order they are asked.
import assert from 'node:assert/strict';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { chainProviders } from '../../../src/oci/auth/credentials.ts';
import { CredentialHelpers } from '../../../src/oci/auth/credential-helpers.ts';
import type { Credential, CredentialProvider } from '../../../src/oci/auth/credentials.ts';
import { dockerConfigCredentials } from '../../../src/oci/auth/docker-config.ts';
import { podmanCredentials } from '../../../src/oci/auth/podman-auth.ts';
import { makeTemporaryFolder, type TemporaryFolder } from '../../support/lifetime.ts';

const auths = (user: string, ...hosts: string[]) => ({
  auths: Object.fromEntries(hosts.map((host) => [host, { auth: Buffer.from(`${user}:pw`).toString('base64') }])),
});

let folder: TemporaryFolder;
before(async () => {
  folder = await makeTemporaryFolder('logins');
});
after(() => folder.remove());

async function file(path: string, content: object): Promise<string> {
  const full = join(folder.path, path);
  await mkdir(dirname(full), { recursive: true });
  await writeFile(full, JSON.stringify(content));
  return full;
}
async function user(provider: CredentialProvider, registry: string, repository = 'a'): Promise<string | undefined> {
  const credential = await provider({ side: 'source', registry, repository });
  return credential?.kind === 'basic' ? credential.username : credential?.kind;
}

describe("Docker's logins", () => {
  test('in DOCKER_AUTH_CONFIG take precedence over those of the file', async () => {
    await file('docker/config.json', auths('file', 'a.example', 'b.example'));
    const provider = dockerConfigCredentials({
      DOCKER_CONFIG: join(folder.path, 'docker'),
      DOCKER_AUTH_CONFIG: JSON.stringify(auths('variable', 'a.example')),
    });
    assert.equal(await user(provider, 'a.example'), 'variable');
    assert.equal(await user(provider, 'b.example'), 'file');
  });

  test("come from the registry's helper, else from the store, else from the file", async () => {
    const script = (name: string) =>
      `#!/bin/sh\nread server\ncase $server in *none*) echo credentials not found in native keychain; exit 1;; esac\n` +
      `echo '{"Username":"${name}","Secret":"pw"}'\n`;
    for (const name of ['own', 'store']) {
      const path = join(folder.path, `docker-credential-${name}`);
      await writeFile(path, script(name));
      await chmod(path, 0o755);
    }
    const config = { ...auths('file', 'none.example'), credsStore: 'store', credHelpers: { 'own.example': 'own' } };
    await file('helped/config.json', config);
    const environment = { PATH: `${folder.path}:/bin`, DOCKER_CONFIG: join(folder.path, 'helped') };
    const provider = dockerConfigCredentials(environment, new CredentialHelpers(environment));
    assert.equal(await user(provider, 'own.example'), 'own');
    assert.equal(await user(provider, 'other.example'), 'store');
    assert.equal(await user(provider, 'index.docker.io'), 'store');
    assert.equal(await user(provider, 'none.example'), 'file');
    assert.equal(await user(provider, 'none.other'), undefined);
  });
});

describe("Podman's logins", () => {
  test('are in the named file only', async () => {
    const named = await file('named.json', auths('named', 'a.example'));
    await file('run/containers/auth.json', auths('runtime', 'b.example'));
    const provider = podmanCredentials({ REGISTRY_AUTH_FILE: named, XDG_RUNTIME_DIR: join(folder.path, 'run') });
    assert.equal(await user(provider, 'a.example'), 'named');
    assert.equal(await user(provider, 'b.example'), undefined);
  });

  test('are in the runtime folder, then in the configuration folder', async () => {
    await file('run/containers/auth.json', auths('runtime', 'a.example', 'a.example/team'));
    await file('home/.config/containers/auth.json', auths('home', 'a.example', 'b.example'));
    const provider = podmanCredentials({ XDG_RUNTIME_DIR: join(folder.path, 'run'), HOME: join(folder.path, 'home') });
    assert.equal(await user(provider, 'a.example'), 'runtime');
    assert.equal(await user(provider, 'b.example'), 'home');
    await file('config/containers/auth.json', auths('config', 'b.example'));
    assert.equal(
      await user(podmanCredentials({ XDG_CONFIG_HOME: join(folder.path, 'config') }), 'b.example'),
      'config',
    );
  });
});

describe('logins of several sources', () => {
  const knows = (username: string): CredentialProvider => {
    const credential: Credential = { kind: 'basic', username, password: 'pw', origin: username };
    return () => Promise.resolve(credential);
  };
  const nothing: CredentialProvider = () => Promise.resolve(undefined);
  const fails: CredentialProvider = () => Promise.reject(new Error('broken'));

  test('come from the first source with a match, even after one that fails', async () => {
    assert.equal(await user(chainProviders([nothing, fails, knows('b'), knows('c')]), 'a.example'), 'b');
  });
  test('may state that no credential is to be used', async () => {
    assert.equal(await user(chainProviders([() => Promise.resolve('anonymous'), knows('b')]), 'a.example'), undefined);
  });
  test('report a failure if no source has a match', async () => {
    await assert.rejects(user(chainProviders([fails, nothing]), 'a.example'), /broken/);
  });
});

test('23 keys that every object has are not registries', async () => {
  const text = '{"auths": {"__proto__": {"username": "evil", "password": "x"}}, "__proto__": {"credsStore": "evil"}}';
  const provider = dockerConfigCredentials({ DOCKER_AUTH_CONFIG: text, DOCKER_CONFIG: folder.path });
  for (const host of ['constructor', 'toString', 'hasOwnProperty', 'a.example']) {
    assert.equal(await user(provider, host), undefined, host);
  }
});
