// Uploads that broke off and are canceled: the registry keeps nothing of them, whatever it had received.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';

import { carvelAirgap } from '../support/cli.ts';
import { engines } from '../support/engines.ts';
import { type FaultProxy, startFaultProxy } from '../support/fault-proxy.ts';
import { makeTemporaryFolder, type TemporaryFolder } from '../support/lifetime.ts';
import { RawRepository } from '../support/raw-registry.ts';
import { type Registry, startRegistry } from '../support/registry.ts';
import { startedUploads } from '../support/started-uploads.ts';

const MIB = 1024 * 1024;

describe('an upload that was interrupted', () => {
  let vendor: Registry;
  let inside: Registry;
  let to: FaultProxy;
  let state: TemporaryFolder;
  let image = '';

  before(async () => {
    vendor = await startRegistry();
    // Distribution 2.8 refuses to cancel an upload of which it has received more than it has acknowledged.
    inside = await startRegistry({ program: 'Distribution 3' });
    to = await startFaultProxy(inside);
    state = await makeTemporaryFolder('state');
    await new RawRepository(vendor.host, 'apps/app').pushImage('v1', [randomBytes(6 * MIB)]);
    await new RawRepository(vendor.host, 'apps/app').pushImage('v2', [randomBytes(1000)]);
    image = `${vendor.host}/apps/app:v1`;
  });
  after(async () => {
    await state?.remove();
    await to?.stop();
    await inside?.stop();
    await vendor?.stop();
  });

  /** How much of the uploads to a repository is on the registry's disk. Bytes. */
  async function received(path: string): Promise<number> {
    return [...(await startedUploads(inside, path)).values()].reduce((sum, bytes) => sum + bytes, 0);
  }

  for (const [name, make] of engines) {
    test(`is gone from the registry when its relocation was cancelled (${name})`, async () => {
      // A copy that was canceled does not wait for a registry that is slow to answer: on a busy machine it may be.
      let left: string[] = [];
      for (const turn of [1, 2, 3]) {
        left = await cancelInTheMiddle(make(), `cancelled/${name.replaceAll(' ', '-')}-${turn}`);
        if (left.length === 0) break;
      }
      assert.deepEqual(left, []);
    });
  }

  /** @returns what the registry has of uploads after that */
  async function cancelInTheMiddle(engine: ReturnType<(typeof engines)[number][1]>, path: string): Promise<string[]> {
    to.arm([{ method: 'PUT', path: /\/blobs\/uploads\//, least: MIB, action: { do: 'stall', afterBody: 2 * MIB } }]);
    const controller = new AbortController();
    const { signal } = controller;
    const source = { kind: 'image' as const, reference: image };
    const destination = { kind: 'repository' as const, repository: `${to.host}/${path}` };
    const planned = await engine.plan({ source, destination }, { signal, depth: 'run' });
    const running = planned.run({ signal });
    while ((await received(path)) === 0) await pause(20);
    controller.abort();
    await assert.rejects(running, { name: 'AbortError' });
    engine.dispose();
    return [...(await startedUploads(inside, path)).keys()];
  }

  const noted = async (): Promise<string> => {
    const folder = join(state.path, 'carvel-airgap');
    const journal = (await readdir(folder)).find((name) => name.endsWith('.journal')) ?? '';
    return readFile(join(folder, journal), 'utf8').catch(() => '');
  };
  const airgap = (args: readonly string[], started?: (kill: (signal: NodeJS.Signals) => void) => void) =>
    carvelAirgap(args, { env: { XDG_STATE_HOME: state.path }, ...(started ? { started } : {}) });

  /** A proxy takes no bodies above 4 MiB; of the second chunk a part arrives, and then the copy is killed. */
  async function kill(path: string): Promise<void> {
    to.arm([
      { method: 'PUT', path: /./, least: 4 * MIB + 1, times: 9, action: { do: 'answer', status: 413 } },
      { method: 'PATCH', path: /./, skip: 1, action: { do: 'stall', afterBody: MIB } },
    ]);
    await airgap(['copy', '-i', image, '--to-repo', `${to.host}/${path}`], (end) => {
      void (async () => {
        const isUnderWay = async () =>
          (await received(path)) > 4 * MIB && (await noted()).includes('"offset":4194304}');
        while (!(await isUnderWay())) await pause(20);
        end('SIGKILL');
      })();
    });
    to.arm([]);
    assert.equal((await startedUploads(inside, path)).size, 1);
  }

  test('is gone from the registry after `discard`, even if it was killed within a chunk', async () => {
    await kill('killed/app');
    const { code, stderr } = await airgap(['discard', '--to-repo', `${to.host}/killed/app`]);
    assert.equal(code, 0, stderr);
    assert.deepEqual([...(await startedUploads(inside, 'killed/app')).keys()], []);
    assert.deepEqual(await readdir(join(state.path, 'carvel-airgap')), []);
  });

  test('is canceled by a relocation that finds the blob already present', async () => {
    await kill('twin/app');
    // Meanwhile another process, with a state folder of its own, has brought everything.
    const repository = ['--to-repo', `${to.host}/twin/app`];
    const { code, stderr } = await carvelAirgap(['copy', '-i', image, ...repository]);
    assert.equal(code, 0, stderr);
    assert.match(await noted(), /"offset":/);
    assert.equal((await airgap(['copy', '-i', image, ...repository])).code, 0);
    assert.deepEqual([...(await startedUploads(inside, 'twin/app')).keys()], []);
    assert.deepEqual(await readdir(join(state.path, 'carvel-airgap')), []);
  });

  // The running one continues what is recorded for its repository, whoever started it.
  test('is not canceled while another relocation fills the repository, but can be afterwards', async () => {
    await kill('shared/app');
    const repository = ['--to-repo', `${to.host}/shared/app`];
    let discarded: Awaited<ReturnType<typeof airgap>> | undefined;
    to.arm([{ method: 'PUT', path: /\/blobs\/uploads\//, action: { do: 'stall' } }]);
    await airgap(['copy', '-i', `${vendor.host}/apps/app:v2`, ...repository], (end) => {
      void (async () => {
        while (!to.passed.some(({ isHit }) => isHit)) await pause(20);
        discarded = await airgap(['discard', ...repository]);
        end('SIGINT');
      })();
    });
    assert.equal(discarded?.code, 1);
    assert.match(discarded.stderr, new RegExp(`A relocation to ${to.host}/shared/app is already running`));
    assert.match(discarded.stderr, /wait until it has finished/);
    assert.equal(
      [...(await startedUploads(inside, 'shared/app')).values()].filter((bytes) => bytes > 4 * MIB).length,
      1,
    );
    assert.match(await noted(), /"offset":4194304}/);
    assert.equal((await airgap(['discard', ...repository])).code, 0);
    assert.deepEqual(
      [...(await startedUploads(inside, 'shared/app')).values()].filter((bytes) => bytes > 0),
      [],
    );
    assert.deepEqual(await readdir(join(state.path, 'carvel-airgap')), []);
  });
});
