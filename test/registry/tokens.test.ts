// A real registry that requires tokens, from a token server that signs them.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import type { Credential, CredentialProvider } from '../../src/oci/auth/credentials.ts';
import { InProcessEngine } from '../../src/relocation/in-process-engine.ts';
import { carvelAirgap } from '../support/cli.ts';
import { relocate } from '../support/engines.ts';
import { fixtureDigest, fixtureTar } from '../support/fixture.ts';
import { makeTemporaryFolder, type TemporaryFolder } from '../support/lifetime.ts';
import { type Registry, startRegistry } from '../support/registry.ts';
import { startTokenServer, type TokenServer } from '../support/token-server.ts';

const ROBOT = { username: 'robot', password: 's3cret-of-robot' };

describe('a registry with token authentication', () => {
  let folder: TemporaryFolder;
  let tokens: TokenServer;
  let registry: Registry;

  before(async () => {
    folder = await makeTemporaryFolder('tokens');
    tokens = await startTokenServer(folder.path, { users: { [ROBOT.username]: ROBOT.password } });
    registry = await startRegistry({ tokens: { server: tokens } });
  });
  after(async () => {
    await registry?.stop();
    await tokens?.stop();
    await folder?.remove();
  });

  const push = (path: string, ...more: string[]) =>
    carvelAirgap(['copy', '--tar', fixtureTar, '--to-repo', `${registry.host}/${path}`, ...more]);
  const login = (password: string) => ['--registry-username', ROBOT.username, '--registry-password', password];

  test('accepts a bundle with the right password', async () => {
    const outcome = await push('with-password', ...login(ROBOT.password));
    assert.equal(outcome.code, 0, outcome.stderr);
    assert.match(outcome.stdout, new RegExp(fixtureDigest));
    assert.ok(tokens.requests.every(({ method, user }) => method === 'GET' && user === ROBOT.username));
  });

  test('rejects a missing or wrong password, and says which', async () => {
    const none = await push('refused');
    assert.match(none.stderr, /requires credentials/);
    const wrong = await push('refused', ...login('guessed'));
    assert.match(wrong.stderr, /rejected the user name or password .*\n.*Credentials used: --registry-username/s);
  });

  test('rejects unreadable logins, and the error names their file', async () => {
    const config = join(folder.path, 'config.json');
    await writeFile(config, 'no JSON');
    const args = ['copy', '--tar', fixtureTar, '--to-repo', `${registry.host}/unread`];
    const { code, stderr } = await carvelAirgap(args, { env: { DOCKER_CONFIG: folder.path } });
    assert.equal(code, 1);
    assert.match(stderr, /requires credentials/);
    assert.ok(stderr.includes(`Cause: The logins in ${config} are not used: it is not JSON in UTF-8`), stderr);
  });

  test('issues a token for a refresh token, by POST', async () => {
    const seen = tokens.requests.length;
    const credential: Credential = { kind: 'identity-token', token: tokens.refreshToken('robot'), origin: 'test' };
    const engine = new InProcessEngine({ connection: {}, credentials: () => Promise.resolve(credential) });
    const report = await relocate(engine, { kind: 'archive', path: fixtureTar }, `${registry.host}/refresh`);
    assert.equal(report.root?.digest, fixtureDigest);
    assert.ok(tokens.requests.slice(seen).every(({ method, user }) => method === 'POST' && user === 'robot'));
  });

  test('is asked for one token for each repository and scope, however many requests there are', async () => {
    const seen = tokens.requests.length;
    const credentials: CredentialProvider = () => Promise.resolve({ kind: 'basic', ...ROBOT, origin: 'test' });
    const engine = new InProcessEngine({ connection: {}, credentials });
    await relocate(engine, { kind: 'archive', path: fixtureTar }, `${registry.host}/counted`);
    const scopes = tokens.requests.slice(seen).map((request) => request.scopes.join(' '));
    assert.equal(new Set(scopes).size, scopes.length, scopes.join('\n'));
  });

  test('with a token server on another host gets no password until that host is trusted', async () => {
    const realm = tokens.realm.replace('127.0.0.1', 'localhost');
    const elsewhere = await startRegistry({ tokens: { server: tokens, realm } });
    try {
      const seen = tokens.requests.length;
      const args = ['copy', '--tar', fixtureTar, '--to-repo', `${elsewhere.host}/apps`, ...login(ROBOT.password)];
      const refused = await carvelAirgap(args);
      assert.match(refused.stderr, /asks for the password to be sent to another host, http:\/\/localhost:\d+/);
      assert.equal(tokens.requests.length, seen);
      const trusted = await carvelAirgap([...args, '--trust-token-realm', new URL(realm).host]);
      assert.equal(trusted.code, 0, trusted.stderr);
    } finally {
      await elsewhere.stop();
    }
  });
});
