// Exports that were killed, or failed, and are started again: what is read a second time, and what is left in the end.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { appendFile, open, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';

import { carvelAirgap } from '../support/cli.ts';
import { engines } from '../support/engines.ts';
import { type FaultProxy, startFaultProxy } from '../support/fault-proxy.ts';
import { makeTemporaryFolder, type TemporaryFolder } from '../support/lifetime.ts';
import { RawRepository, sha256 } from '../support/raw-registry.ts';
import { type Registry, startRegistry } from '../support/registry.ts';

const MIB = 1024 * 1024;

describe('an export that is killed', () => {
  let vendor: Registry;
  let proxy: FaultProxy;
  let folder: TemporaryFolder;
  let tar = '';
  let expected = '';
  const large = randomBytes(40 * MIB);
  const small = [randomBytes(MIB), randomBytes(2 * MIB), randomBytes(100)];
  const digests = small.map(sha256);

  before(async () => {
    vendor = await startRegistry();
    proxy = await startFaultProxy(vendor);
    await new RawRepository(vendor.host, 'apps/app').pushImage('v1', [large, ...small]);
    await new RawRepository(vendor.host, 'apps/app').pushImage('v2', [large, ...small.slice(0, 2), randomBytes(5)]);
  });
  beforeEach(async () => {
    folder = await makeTemporaryFolder('resume');
    tar = join(folder.path, 'app.tar');
    const whole = join(folder.path, 'whole.tar');
    proxy.arm([]);
    assert.equal((await copy([], whole, 'v1')).code, 0);
    expected = await digestOf(whole);
    for (const file of [whole, `${whole}.export.json`]) await rm(file);
    proxy.arm([]);
  });
  afterEach(() => folder.remove());
  after(async () => {
    await proxy?.stop();
    await vendor?.stop();
  });

  const copy = (
    flags: readonly string[],
    to = tar,
    tag = 'v1',
    started?: (kill: (signal: NodeJS.Signals) => void) => void,
  ) =>
    carvelAirgap(['copy', '-i', `${proxy.host}/apps/app:${tag}`, '--to-tar', to, ...flags], started ? { started } : {});

  /** Kills an export when three layers are complete, and 33 of 40 MiB of the fourth have arrived. */
  async function interrupt(signal: NodeJS.Signals = 'SIGKILL'): Promise<string> {
    proxy.arm([{ method: 'GET', path: blob(sha256(large)), action: { do: 'stall', afterAnswer: 33 * MIB } }]);
    const outcome = await copy([], tar, 'v1', (kill) => {
      void (async () => {
        while (!(await isNoted())) await pause(20);
        kill(signal);
      })();
    });
    assert.notEqual(outcome.code, 0);
    assert.ok(!existsSync(tar));
    proxy.arm([]);
    return outcome.stderr;
  }

  async function isNoted(): Promise<boolean> {
    const isWhole = await Promise.all(small.map(async (bytes) => (await noted(sha256(bytes))) === bytes.byteLength));
    return (await noted(sha256(large))) >= 32 * MIB && isWhole.every(Boolean);
  }

  /** How much of a layer the journal says is there. */
  async function noted(digest: string): Promise<number> {
    const text = await readFile(`${tar}.partial.journal`, 'utf8').catch(() => '');
    const last = [...text.matchAll(new RegExp(`"layer":"${digest}","offset":\\d+,"written":(\\d+)\\}`, 'g'))].at(-1);
    return Number(last?.[1] ?? -1);
  }

  const blob = (digest: string) => new RegExp(`/blobs/${digest}`);
  const asked = () =>
    proxy.passed.filter(
      ({ method, path }) => method === 'GET' && [...digests, sha256(large)].some((digest) => path.endsWith(digest)),
    );

  test('resumes where it was: complete layers are not read again, nor more than 16 MiB of a partial one', async () => {
    await interrupt();
    const kept = await noted(sha256(large));
    const { code, stdout, stderr } = await copy([]);
    assert.equal(code, 0, stderr);
    assert.equal(await digestOf(tar), expected);
    assert.deepEqual(
      asked().map(({ path, headers }) => [path.split('/').at(-1), headers.range]),
      [[sha256(large), `bytes=${kept}-`]],
    );
    assert.match(stdout, /4 blobs: 1 copied, 0 mounted, 3 already there\n[78]\.\d MB copied/);
    assert.deepEqual(await readdir(folder.path), ['app.tar', 'app.tar.export.json']);
  });

  test('starts over with --resume=false', async () => {
    await interrupt();
    assert.equal((await copy(['--resume=false'])).code, 0);
    assert.equal(asked().length, 4);
    assert.equal(await digestOf(tar), expected);
    assert.deepEqual(await readdir(folder.path), ['app.tar', 'app.tar.export.json']);
  });

  test('is deleted by `discard`', async () => {
    await interrupt();
    const args = ['discard', '--to-tar', tar];
    const { code, stdout, stderr } = await carvelAirgap(args);
    assert.equal(code, 0, stderr);
    assert.equal(stdout, 'Nothing remains of an interrupted copy\n');
    assert.deepEqual(await readdir(folder.path), []);
  });

  for (const [name, make] of engines) {
    test(`is deleted when the engine is asked to discard it (${name})`, async () => {
      await interrupt();
      const engine = make();
      await engine.discard({ kind: 'archive', path: tar }, { signal: new AbortController().signal });
      engine.dispose();
      assert.deepEqual(await readdir(folder.path), []);
    });
  }

  test('keeps what is complete after Ctrl-C, and says so', async () => {
    const stderr = await interrupt('SIGINT');
    assert.match(stderr, /Canceled\. What is complete is kept: run the same command again to resume/);
    assert.ok(!existsSync(`${tar}.partial.lock`));
    assert.equal((await copy([])).code, 0);
    assert.equal(asked().length, 1);
    assert.equal(await digestOf(tar), expected);
  });

  test('32 is not trusted: damaged bytes are found and read again, whatever the journal says', async () => {
    await interrupt();
    const partial = await open(`${tar}.partial`, 'r+');
    const noted = await readFile(`${tar}.partial.journal`, 'utf8');
    for (const digest of [sha256(large), digests[1] ?? '']) {
      const offset = Number(new RegExp(`"${digest}","offset":(\\d+)`).exec(noted)?.[1]);
      await partial.write(Buffer.from('damage'), 0, 6, offset + 1000);
    }
    await partial.close();
    const { code, stderr } = await copy([]);
    assert.equal(code, 0, stderr);
    assert.equal(await digestOf(tar), expected);
    assert.equal(asked().filter(({ path }) => path.endsWith(digests[1] ?? '')).length, 1);
    assert.equal(asked().filter(({ path }) => path.endsWith(digests[0] ?? '')).length, 0);
  });

  for (const [what, spoil] of [
    ['is no JSON', (journal: string) => writeFile(journal, 'not { json')],
    ['is of another version', (journal: string) => writeFile(journal, '{"version":99,"layout":"x"}\n')],
    [
      'claims what cannot be',
      (journal: string) =>
        appendFile(
          journal,
          `{"layer":"sha256:../../x","offset":-1,"written":1e99}\n{"layer":"${sha256(large)}","offset":0,"written":${41 * MIB}}\n`,
        ),
    ],
    ['is cut off', async (journal: string) => writeFile(journal, (await readFile(journal, 'utf8')).slice(0, -20))],
  ] as const) {
    test(`whose journal ${what} still ends in the right tar`, async () => {
      await interrupt();
      await spoil(`${tar}.partial.journal`);
      const { code, stderr } = await copy([]);
      assert.equal(code, 0, stderr);
      assert.equal(await digestOf(tar), expected);
      assert.deepEqual(await readdir(folder.path), ['app.tar', 'app.tar.export.json']);
    });
  }

  test('shares common layers with the export of another version to the same name', async () => {
    await interrupt();
    const { code, stderr } = await copy([], tar, 'v2');
    assert.equal(code, 0, stderr);
    assert.deepEqual(
      asked().map(({ path }) => path.split('/').at(-1)),
      [sha256(large)],
    );
    assert.deepEqual(await readdir(folder.path), ['app.tar', 'app.tar.export.json']);
    assert.equal((await carvelAirgap(['verify', tar])).code, 0);
  });

  test('is not started a second time while it runs', async () => {
    proxy.arm([{ method: 'GET', path: blob(sha256(large)), action: { do: 'stall', afterAnswer: 33 * MIB } }]);
    let second = { code: null as number | null, stderr: '' };
    await copy([], tar, 'v1', (kill) => {
      void (async () => {
        while (!(await isNoted())) await pause(20);
        second = await copy([]);
        kill('SIGKILL');
      })();
    });
    assert.equal(second.code, 1);
    assert.match(second.stderr, /app\.tar is being written by another process \(PID \d+ on /);
    proxy.arm([]);
    assert.equal((await copy([])).code, 0);
    assert.equal(await digestOf(tar), expected);
  });

  test('leaves an existing tar unchanged until the new one is complete', async () => {
    await writeFile(tar, 'precious');
    proxy.arm([{ method: 'GET', path: blob(sha256(large)), times: 9, action: { do: 'answer', status: 404 } }]);
    assert.equal((await copy(['--resume'])).code, 1);
    assert.equal(await readFile(tar, 'utf8'), 'precious');
    proxy.arm([]);
    assert.equal((await copy(['--resume'])).code, 0);
    assert.equal(await digestOf(tar), expected);
  });
});

async function digestOf(path: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(path))
    .digest('hex');
}
