// A copy to a repository that was killed in the middle of a blob: the registry has kept its upload, and gets the rest.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { appendFile, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';

import { carvelAirgap } from '../support/cli.ts';
import { type Action, type FaultProxy, startFaultProxy } from '../support/fault-proxy.ts';
import { makeTemporaryFolder, type TemporaryFolder } from '../support/lifetime.ts';
import { RawRepository, sha256 } from '../support/raw-registry.ts';
import { type Registry, startRegistry } from '../support/registry.ts';

const MIB = 1024 * 1024;

describe('a chunked upload that is killed', () => {
  let vendor: Registry;
  let inside: Registry;
  let from: FaultProxy;
  let proxy: FaultProxy;
  let state: TemporaryFolder;
  let number = 0;
  let target = '';
  let source: string[] = [];
  const layer = randomBytes(5 * MIB);
  const name = encodeURIComponent(sha256(layer));

  before(async () => {
    vendor = await startRegistry();
    inside = await startRegistry();
    from = await startFaultProxy(vendor);
    proxy = await startFaultProxy(inside);
    await new RawRepository(vendor.host, 'apps/app').pushImage('v1', [layer]);
  });
  beforeEach(async () => {
    state = await makeTemporaryFolder('state');
    target = `killed/copy-${number++}`;
    source = ['-i', `${from.host}/apps/app:v1`];
  });
  afterEach(() => state.remove());
  after(async () => {
    await from?.stop();
    await proxy?.stop();
    await inside?.stop();
    await vendor?.stop();
  });

  const copy = (flags: readonly string[] = [], started?: (kill: (signal: NodeJS.Signals) => void) => void) =>
    carvelAirgap(['copy', ...source, '--to-repo', `${proxy.host}/${target}`, ...flags], {
      env: { XDG_STATE_HOME: state.path },
      ...(started ? { started } : {}),
    });
  const journals = async () =>
    (await readdir(join(state.path, 'carvel-airgap'))).filter((file) => file.endsWith('.journal'));
  const journal = async () => join(state.path, 'carvel-airgap', (await journals())[0] ?? '');

  /** A proxy takes no bodies above 4 MiB; the registry acknowledges the first 4 MiB, and never sees the rest. */
  async function interrupt(): Promise<void> {
    proxy.arm([
      { method: 'PUT', path: new RegExp(name), least: 4 * MIB + 1, times: 9, action: { do: 'answer', status: 413 } },
      { method: 'PATCH', path: /./, skip: 1, times: 9, action: { do: 'stall' } },
    ]);
    await copy([], (kill) => {
      void (async () => {
        while (!(await isUnderWay())) await pause(20);
        kill('SIGKILL');
      })();
    });
    proxy.arm([]);
    from.arm([]);
  }

  /** What of the layer is asked for at the source. */
  const reads = () =>
    from.passed
      .filter(({ method, path }) => method === 'GET' && path.endsWith(sha256(layer)))
      .map(({ headers }) => headers.range);
  const readBack = () => proxy.passed.filter(({ method, path }) => method === 'GET' && path.endsWith(sha256(layer)));
  const put = (action: Action) => ({ method: 'PUT', path: new RegExp(name), action });
  /** An answer that does not say which digest the registry has found. */
  const silent: Action = {
    do: 'headers',
    change: (headers) => Object.fromEntries(Object.entries(headers).filter(([key]) => key !== 'docker-content-digest')),
  };

  async function isUnderWay(): Promise<boolean> {
    const isStalled = proxy.passed.some(({ method, isHit }) => method === 'PATCH' && isHit);
    return isStalled && (await readFile(await journal(), 'utf8').catch(() => '')).includes('"offset":4194304}');
  }

  const patches = () =>
    proxy.passed.filter(({ method }) => method === 'PATCH').map(({ headers }) => headers['content-range']);

  async function assertThere(): Promise<void> {
    const repository = new RawRepository(inside.host, target);
    assert.ok((await repository.blob(sha256(layer))).equals(layer));
    await repository.digest('v1');
  }

  test('resumes after the last byte that the registry acknowledged, and leaves no journal', async () => {
    await interrupt();
    assert.equal((await stat(await journal())).mode & 0o777, 0o600);
    assert.equal((await copy()).code, 0);
    assert.deepEqual(patches(), [`${4 * MIB}-${5 * MIB - 1}`]);
    assert.deepEqual(reads(), [`bytes=${4 * MIB}-`]);
    assert.deepEqual(readBack(), []);
    await assertThere();
    assert.deepEqual(await journals(), []);
  });

  test('is sent again completely if the registry finds another digest', async () => {
    await interrupt();
    // What comes from the source now is not what it was, and nothing here has read all of it.
    from.arm([{ method: 'GET', path: new RegExp(sha256(layer)), action: { do: 'corrupt', at: 1000 } }]);
    const { code, stderr } = await copy();
    assert.equal(code, 0, stderr);
    assert.deepEqual(reads(), [`bytes=${4 * MIB}-`, undefined]);
    assert.match(stderr, /DIGEST_INVALID/);
    await assertThere();
    assert.deepEqual(await journals(), []);
  });

  test('is read back if the registry does not say which digest it found', async () => {
    await interrupt();
    proxy.arm([put(silent)]);
    const { code, stderr } = await copy();
    assert.equal(code, 0, stderr);
    assert.equal(readBack().length, 1);
    assert.deepEqual(reads(), [`bytes=${4 * MIB}-`]);
    await assertThere();
  });

  test('is read back if the response to its end was lost', async () => {
    await interrupt();
    proxy.arm([put({ do: 'answer', status: 502, done: true })]);
    assert.equal((await copy()).code, 0);
    assert.equal(readBack().length, 1);
    await assertThere();
    assert.deepEqual(await journals(), []);
  });

  test('is rejected if what is read back differs', async () => {
    await interrupt();
    const get = { method: 'GET', path: new RegExp(`/blobs/${sha256(layer)}`), times: 9 };
    proxy.arm([put(silent), { ...get, action: { do: 'corrupt', at: 4096 } }]);
    const { code, stderr } = await copy();
    assert.equal(code, 1);
    assert.match(stderr, new RegExp(`${proxy.host}.*${sha256(layer)}|${sha256(layer)}.*${proxy.host}`, 's'));
    assert.deepEqual([...(await new RawRepository(inside.host, target).tags())], []);
  });

  test('of a tar is still verified here, because reading it again is cheap', async () => {
    const tar = join(state.path, 'app.tar');
    assert.equal((await carvelAirgap(['copy', '-i', `${vendor.host}/apps/app:v1`, '--to-tar', tar])).code, 0);
    source = ['--tar', tar];
    await interrupt();
    proxy.arm([put(silent)]);
    assert.equal((await copy()).code, 0);
    assert.deepEqual(patches(), [`${4 * MIB}-${5 * MIB - 1}`]);
    assert.deepEqual(readBack(), []);
    await assertThere();
  });

  test('starts over with --resume=false, and cancels the earlier upload', async () => {
    await interrupt();
    assert.equal((await copy(['--resume=false'])).code, 0);
    assert.equal(proxy.passed.filter(({ method }) => method === 'DELETE').length, 1);
    assert.deepEqual(patches(), []);
    await assertThere();
  });

  test('is canceled by `discard`', async () => {
    await interrupt();
    const args = ['discard', '--to-repo', `${proxy.host}/${target}`];
    const { code, stderr } = await carvelAirgap(args, { env: { XDG_STATE_HOME: state.path } });
    assert.equal(code, 0, stderr);
    assert.deepEqual(
      proxy.passed.map(({ method }) => method),
      ['GET', 'DELETE'],
    );
    assert.deepEqual(await readdir(join(state.path, 'carvel-airgap')), []);
  });

  test('starts over if the registry has forgotten it', async () => {
    await interrupt();
    proxy.arm([{ method: 'GET', path: /\/blobs\/uploads\//, action: { do: 'answer', status: 404 } }]);
    assert.equal((await copy()).code, 0);
    await assertThere();
  });

  test('32 is never looked up at another host, whatever the journal says', async () => {
    await interrupt();
    const evil = await startFaultProxy(inside);
    const text = await readFile(await journal(), 'utf8');
    await appendFile(await journal(), text.replaceAll(proxy.host, evil.host).split('\n').slice(1).join('\n'));
    assert.equal((await copy()).code, 0);
    assert.deepEqual(evil.passed, []);
    await assertThere();
    await evil.stop();
  });
});
