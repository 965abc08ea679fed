// Everything that leaves the program, searched for every secret that was used: what a person sees, what goes to a log, what
// crosses the wire between the processes.
import assert from 'node:assert/strict';
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { inspect } from 'node:util';

import type { ConnectionSettings } from '../../src/oci/connection-settings.ts';
import type { CredentialProvider } from '../../src/oci/auth/credentials.ts';
import { InProcessEngine } from '../../src/relocation/in-process-engine.ts';
import type { RelocationEngine } from '../../src/relocation/engine.ts';
import { EngineProcess } from '../../src/relocation/process/engine-process.ts';
import { serializeError } from '../../src/base/serialized-error.ts';
import { carvelAirgap } from '../support/cli.ts';
import { relocate } from '../support/engines.ts';
import { fixtureTar } from '../support/fixture.ts';
import { type ForwardProxy, startForwardProxy } from '../support/forward-proxy.ts';
import { makeTemporaryFolder, type TemporaryFolder } from '../support/lifetime.ts';
import { type Registry, startRegistry } from '../support/registry.ts';
import { type ScriptedServer, startScriptedServer } from '../support/scripted-server.ts';
import { startTokenServer, type TokenServer } from '../support/token-server.ts';

const USER = { name: 'robot$ci', password: 'Xp:w/basic-s3cret%' };
const WRONG = 'Xwrong-s3cret+guess';
const PROXY = { name: 'clerk', password: 'Xproxy@s3cret' };
const READY_TOKEN = 'Xready-made-t0ken';
const BROKEN_TOKEN = 'Xbroken-t0ken-first\nXbroken-t0ken-second';
const SIGNATURE = 'Xsigned-addr3ss';
const HELPED = 'Xhelper-s3cret';
const NAME = 'registry.internal.test';

describe('secrets', () => {
  let folder: TemporaryFolder;
  let tokens: TokenServer;
  let locked: Registry;
  let tokened: Registry;
  let secure: Registry;
  let hostile: ScriptedServer;
  let proxy: ForwardProxy;
  const sinks: [name: string, text: string][] = [];

  before(async () => {
    folder = await makeTemporaryFolder('redaction');
    tokens = await startTokenServer(folder.path, { users: { [USER.name]: USER.password } });
    locked = await startRegistry({ user: USER });
    tokened = await startRegistry({ tokens: { server: tokens } });
    secure = await startRegistry({ user: USER, tls: { names: [NAME] } });
    const secureName = `${NAME}:${secure.host.split(':')[1] ?? ''}`;
    proxy = await startForwardProxy({ user: PROXY, names: { [secureName]: secure.host } });
    // Says back what it was sent, and sends blobs and uploads to signed addresses.
    hostile = await startScriptedServer(({ method, url, headers }) => {
      const { authorization = '', host = '' } = headers;
      if (authorization === '') return { status: 401, headers: { 'www-authenticate': 'Basic realm="x"' } };
      const location = `http://localhost:${host.split(':')[1] ?? ''}/elsewhere?sig=${SIGNATURE}`;
      if (method === 'POST') return { status: 202, headers: { location } };
      return url.startsWith('/v2/app/manifests') ? { status: 307, headers: { location } } : 200;
    });
    const helper = join(folder.path, 'docker-credential-leaky');
    await writeFile(helper, `#!/bin/sh\necho '{"Username":"u","Secret":"${HELPED}"' ; echo ${HELPED} >&2; exit 1\n`);
    await chmod(helper, 0o755);
    await writeFile(join(folder.path, 'config.json'), JSON.stringify({ credsStore: 'leaky' }));
  });
  after(async () => {
    for (const part of [proxy, hostile, locked, tokened, secure, tokens]) await part?.stop();
    await folder?.remove();
  });

  /** Each secret as it is, and as it travels. */
  function traces(): Map<string, string> {
    const secrets = [USER.password, WRONG, PROXY.password, READY_TOKEN, SIGNATURE, HELPED, ...tokens.issued];
    const all = new Map<string, string>();
    for (const secret of [...secrets, ...BROKEN_TOKEN.split('\n')]) {
      const pairs = [USER.name, PROXY.name, 'u'].map((user) => Buffer.from(`${user}:${secret}`).toString('base64'));
      for (const form of [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1), ...pairs]) {
        all.set(form, secret);
      }
    }
    return all;
  }
  function search(): void {
    const found = sinks.flatMap(([name, text]) =>
      [...traces()].filter(([trace]) => text.includes(trace)).map(([, secret]) => `${name}: ${secret}`),
    );
    assert.deepEqual(found, []);
  }

  async function commandLine(name: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
    for (const more of [['--debug'], ['--json', '--debug'], ['--plan', '--json']]) {
      const { code, stdout, stderr } = await carvelAirgap(['copy', ...args, ...more], { env });
      sinks.push([`${name} ${more.join(' ')} (exit code ${code})`, stdout + stderr]);
    }
  }
  const to = (host: string) => ['--tar', fixtureTar, '--to-repo', `${host}/app`, '--registry-retry-count', '1'];
  const login = (password: string) => ['--registry-username', USER.name, '--registry-password', password];

  test('26 are not in the output of the command line, with --debug and --json, on success and failure', async () => {
    await commandLine('htpasswd', [...to(locked.host), ...login(USER.password)]);
    await commandLine('wrong password', [...to(locked.host), ...login(WRONG)]);
    await commandLine('tokens', [...to(tokened.host), ...login(USER.password)]);
    await commandLine('tokens, wrong password', [...to(tokened.host), ...login(WRONG)]);
    await commandLine('ready-made token', [...to(tokened.host), '--to-registry-token', READY_TOKEN]);
    await commandLine('broken token', [...to(tokened.host), '--to-registry-token', BROKEN_TOKEN]);
    await commandLine('helper', to(locked.host), { DOCKER_CONFIG: folder.path, PATH: `${folder.path}:/bin` });
    await commandLine('signed addresses', [...to(hostile.host), ...login(USER.password)]);
    const secureName = `${NAME}:${secure.host.split(':')[1] ?? ''}`;
    const throughProxy = [...to(secureName), ...login(USER.password), '--registry-ca-cert-path', secure.caFile ?? ''];
    await commandLine('proxy', throughProxy, { HTTPS_PROXY: proxy.url });
    const wrongProxy = proxy.url.replace(encodeURIComponent(PROXY.password), encodeURIComponent(WRONG));
    await commandLine('proxy, wrong password', throughProxy, { HTTPS_PROXY: wrongProxy });
    await commandLine('proxy that cannot be', throughProxy, { HTTPS_PROXY: `socks5://u:${WRONG}@${proxy.host}` });
    // Otherwise there would be nothing to find.
    const codes = sinks.map(([name]) => / (\d)\)$/.exec(name)?.[1]);
    assert.deepEqual(new Set(codes), new Set(['0', '1']));
    assert.ok(sinks.some(([, text]) => /debug \| PUT http.* 201 /.test(text)));
    assert.ok(tokens.issued.length > 0);
    search();
  });

  test('26 are not in events, reports, errors and logs of the engine, in process and across processes', async () => {
    const secureName = `${NAME}:${secure.host.split(':')[1] ?? ''}`;
    const connection: ConnectionSettings = {
      retryCount: 1,
      registries: [{ host: secureName, caFiles: [secure.caFile ?? ''] }],
      proxy: { httpsProxy: proxy.url },
    };
    const passwords: (string | undefined)[] = [USER.password, WRONG];
    for (const password of passwords) {
      const credentials: CredentialProvider = () =>
        Promise.resolve({ kind: 'basic', username: USER.name, password: password ?? '', origin: 'test' });
      const modulePath = fileURLToPath(new URL('../../dist/engine.cjs', import.meta.url));
      const log = (line: string) => sinks.push(['log of the engine', line]);
      const overWire = new EngineProcess({ modulePath, connection: () => connection, credentials, log });
      for (const host of [locked.host, tokened.host, hostile.host, secureName]) {
        await collect('in process', new InProcessEngine({ connection, credentials }), `${host}/engine`);
        await collect('over the wire', overWire, `${host}/engine`);
      }
      overWire.dispose();
    }
    search();
  });

  async function collect(name: string, engine: RelocationEngine, repository: string): Promise<void> {
    const keep = (what: string, value: unknown) => {
      const shown = inspect(value, { depth: 20, showHidden: true, breakLength: Number.POSITIVE_INFINITY });
      sinks.push([`${name}, ${what} of ${repository}`, shown]);
    };
    try {
      const onEvent = (event: unknown) => keep('event', event);
      keep('report', await relocate(engine, { kind: 'archive', path: fixtureTar }, repository, { onEvent }));
    } catch (error) {
      keep('error', error);
      keep('error on the wire', serializeError(error));
    }
  }
});
