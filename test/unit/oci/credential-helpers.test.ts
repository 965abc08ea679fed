// Helpers are programs: these are scripts that behave, and some that do not.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { helperFolders, runHelper, CredentialHelpers } from '../../../src/oci/auth/credential-helpers.ts';
import { dockerConfigCredentials } from '../../../src/oci/auth/docker-config.ts';
import { makeTemporaryFolder, type TemporaryFolder } from '../../support/lifetime.ts';

describe('a credential helper', () => {
  let folder: TemporaryFolder;
  const environment = () => ({
    PATH: `${join(folder.path, 'bin')}:.:relative`,
    HOME: folder.path,
    DOCKER_CONFIG: folder.path,
  });
  const mark = () => join(folder.path, 'ran');

  before(async () => {
    folder = await makeTemporaryFolder('helpers');
    await mkdir(join(folder.path, 'bin'));
    await mkdir(join(folder.path, '.docker/bin'), { recursive: true });
  });
  after(() => folder.remove());

  async function helper(name: string, script: string, where = 'bin'): Promise<string> {
    const path = join(folder.path, where, `docker-credential-${name}`);
    await writeFile(path, `#!/bin/sh\n${script}\n`);
    await chmod(path, 0o755);
    return path;
  }
  const get = (name: string, server = 'registry.example:5000', helpers = new CredentialHelpers(environment())) =>
    helpers.get(name, server, false);

  test('receives the server and returns user and password', async () => {
    await helper(
      'good',
      `read server; echo "{\\"ServerURL\\":\\"$server\\",\\"Username\\":\\"$1 $server\\",\\"Secret\\":\\"pw\\"}"`,
    );
    assert.deepEqual(await get('good'), {
      kind: 'basic',
      username: 'get registry.example:5000',
      password: 'pw',
      origin: 'docker-credential-good',
    });
  });

  test('returns a refresh token under the user <token>', async () => {
    await helper('token', `echo '{"Username":"<token>","Secret":"refresh"}'`);
    const answer = await get('token');
    assert.deepEqual([answer?.kind, answer?.kind === 'identity-token' && answer.token], ['identity-token', 'refresh']);
  });

  test('may have no password', async () => {
    await helper('none', `echo 'credentials not found in native keychain'; exit 1`);
    assert.equal(await get('none'), undefined);
  });

  test('is found outside the PATH of a desktop', async () => {
    await helper('desktop', `echo '{"Username":"u","Secret":"s"}'`, '.docker/bin');
    assert.equal((await get('desktop'))?.kind, 'basic');
    assert.deepEqual(helperFolders({ PATH: '.:relative:/abs', HOME: '/h' }).slice(0, 2), ['/abs', '/usr/local/bin']);
  });

  test('that fails is named, and none of its output is shown', async () => {
    await helper('broken', `echo 'error with s3cret'; echo s3cret >&2; exit 3`);
    await assert.rejects(get('broken'), (error: Error & { code: string }) => {
      assert.equal(error.code, 'oci.helper-failed');
      assert.match(
        error.message,
        /docker-credential-broken did not return a password for registry\.example:5000: exit code 3/,
      );
      assert.doesNotMatch(JSON.stringify(error) + error.stack, /s3cret/);
      return true;
    });
    await helper('garbage', `echo '{"Username":7,"Secret":"s3cret"}'`);
    await assert.rejects(get('garbage'), { code: 'oci.helper-failed' });
    await assert.rejects(get('not-installed'), { code: 'oci.helper-missing' });
  });

  test('whose output does not end, or that does not respond, is killed', async () => {
    const endless = await helper('endless', 'exec yes');
    await assert.rejects(runHelper(endless, 'x', environment()), /more than 65536 bytes of output/);
    const silent = await helper('silent', 'exec sleep 600');
    await assert.rejects(runHelper(silent, 'x', environment(), 200), /no response within 0\.2 seconds/);
  });

  test('is asked once every few minutes, and again after a rejection', async () => {
    const count = join(folder.path, 'count');
    await helper('counted', `echo x >> ${count}; echo '{"Username":"u","Secret":"s"}'`);
    const helpers = new CredentialHelpers(environment());
    await Promise.all([1, 2, 3].map(() => helpers.get('counted', 'a.example', false)));
    assert.equal((await readFile(count, 'utf8')).trim(), 'x');
    await helpers.get('counted', 'a.example', true);
    assert.equal((await readFile(count, 'utf8')).trim(), 'x\nx');
  });

  for (const [what, name, server] of [
    ['a name with a shell’s words', 'x; touch $MARK', 'registry.example'],
    ['a name that is a path', '../evil', 'registry.example'],
    ['a server with a line of its own', 'evil', 'registry.example\nother.example'],
  ] as const) {
    test(`24 is not started for ${what}`, async () => {
      await helper('evil', `touch ${mark()}`);
      await writeFile(join(folder.path, 'evil'), `#!/bin/sh\ntouch ${mark()}\n`, { mode: 0o755 });
      await assert.rejects(get(name, server), { code: 'oci.helper-name' });
      assert.equal(existsSync(mark()), false);
    });
  }

  test('24 is not started where programs must not be, as in an untrusted workspace', async () => {
    await helper('marking', `touch ${mark()}`);
    await writeFile(join(folder.path, 'config.json'), JSON.stringify({ credsStore: 'marking' }));
    const asked = dockerConfigCredentials(environment())({ side: 'source', registry: 'a.example', repository: '' });
    await assert.rejects(asked, { code: 'oci.helper-not-started' });
    assert.equal(existsSync(mark()), false);
  });
});
