// A copy to a repository that was killed in the middle of a blob: the registry has kept its upload, and gets the rest.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { appendFile, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';

import { carvelAirgap } from '../support/cli.ts';
import { type FaultProxy, startFaultProxy } from '../support/fault-proxy.ts';
import { makeTemporaryFolder, type TemporaryFolder } from '../support/lifetime.ts';
import { RawRepository, sha256 } from '../support/raw-registry.ts';
import { type Registry, startRegistry } from '../support/registry.ts';

const MIB = 1024 * 1024;

describe('an upload in chunks that is killed', () => {
  let vendor: Registry;
  let inside: Registry;
  let proxy: FaultProxy;
  let state: TemporaryFolder;
  let number = 0;
  let target = '';
  const layer = randomBytes(5 * MIB);
  const name = encodeURIComponent(sha256(layer));

  before(async () => {
    vendor = await startRegistry();
    inside = await startRegistry();
    proxy = await startFaultProxy(inside);
    await new RawRepository(vendor.host, 'apps/app').pushImage('v1', [layer]);
  });
  beforeEach(async () => {
    state = await makeTemporaryFolder('state');
    target = `killed/copy-${number++}`;
  });
  afterEach(() => state.remove());
  after(async () => {
    await proxy?.stop();
    await inside?.stop();
    await vendor?.stop();
  });

  const copy = (flags: readonly string[] = [], started?: (kill: (signal: NodeJS.Signals) => void) => void) =>
    carvelAirgap(['copy', '-i', `${vendor.host}/apps/app:v1`, '--to-repo', `${proxy.host}/${target}`, ...flags], {
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
  }

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

  test('goes on after the last byte that the registry acknowledged, and leaves no journal', async () => {
    await interrupt();
    assert.equal((await stat(await journal())).mode & 0o777, 0o600);
    assert.equal((await copy()).code, 0);
    assert.deepEqual(patches(), [`${4 * MIB}-${5 * MIB - 1}`]);
    await assertThere();
    assert.deepEqual(await journals(), []);
  });

  test('begins anew with --resume=false, and gives the earlier upload up', async () => {
    await interrupt();
    assert.equal((await copy(['--resume=false'])).code, 0);
    assert.equal(proxy.passed.filter(({ method }) => method === 'DELETE').length, 1);
    assert.deepEqual(patches(), []);
    await assertThere();
  });

  test('begins anew where the registry has forgotten it', async () => {
    await interrupt();
    proxy.arm([{ method: 'GET', path: /\/blobs\/uploads\//, action: { do: 'answer', status: 404 } }]);
    assert.equal((await copy()).code, 0);
    await assertThere();
  });

  test('32 is never looked for at another host, whatever the journal says', async () => {
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
