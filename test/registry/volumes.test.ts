// Tars in volumes: for media that are smaller than the tar.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { copyFile, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';

import { carvelAirgap } from '../support/cli.ts';
import { imgpkg } from '../support/imgpkg.ts';
import { makeTemporaryFolder, type TemporaryFolder } from '../support/lifetime.ts';
import { RawRepository } from '../support/raw-registry.ts';
import { type Registry, startRegistry } from '../support/registry.ts';
import { outputOf } from '../support/run-program.ts';

const LIMIT = 1_000_000;

describe('a tar in volumes', () => {
  let vendor: Registry;
  let inside: Registry;
  let folder: TemporaryFolder;
  let digest = '';
  const file = (name: string) => join(folder.path, name);
  const exported = (name: string, version = '1.0.0') =>
    carvelAirgap(['copy', '-b', `${vendor.host}/app:${version}`, '--to-tar', file(name), '--volume-size', `${LIMIT}`], {
      env: { SOURCE_DATE_EPOCH: '1700000000' },
    });
  const imported = (name: string, to: string) =>
    carvelAirgap(['copy', '--tar', file(name), '--to-repo', `${inside.host}/${to}`]);
  const parts = async () => (await readdir(folder.path)).filter((name) => /\.\d{3}$/.test(name)).sort();

  before(async () => {
    vendor = await startRegistry();
    inside = await startRegistry({ accessLog: true });
    const repository = new RawRepository(vendor.host, 'app');
    for (const version of ['1.0.0', '2.0.0']) {
      const image = await repository.pushImage(`image-${version}`, [randomBytes(2_500_000), randomBytes(900_000)]);
      await repository.pushBundle(version, [`${vendor.host}/app@${image}`]);
    }
    digest = await repository.digest('1.0.0');
  });
  beforeEach(async () => {
    folder = await makeTemporaryFolder('volumes');
    const { code, stderr } = await exported('app.tar');
    assert.equal(code, 0, stderr);
  });
  afterEach(() => folder.remove());
  after(async () => {
    await vendor?.stop();
    await inside?.stop();
  });

  test('has no file of the limit or above, a list of checksums for sha256sum, and the bytes of the tar', async () => {
    const names = ['001', '002', '003', '004', 'export.json', 'sha256'].map((suffix) => `app.tar.${suffix}`);
    assert.deepEqual((await readdir(folder.path)).sort(), names);
    for (const name of await parts()) assert.ok((await stat(file(name))).size < LIMIT, name);
    await outputOf('sha256sum', ['-c', '--strict', 'app.tar.sha256'], { cwd: folder.path });
    const single = await carvelAirgap(['copy', '-b', `${vendor.host}/app:1.0.0`, '--to-tar', file('one.tar')]);
    assert.equal(single.code, 0, single.stderr);
    const joined = Buffer.concat(await Promise.all((await parts()).map((name) => readFile(file(name)))));
    assert.deepEqual(joined, await readFile(file('one.tar')));
    await writeFile(file('joined.tar'), joined);
    const theirs = await imgpkg(['copy', '--tar', file('joined.tar'), '--to-repo', `${inside.host}/theirs`]);
    assert.equal(theirs.code, 0, theirs.stderr);
  });

  for (const name of ['app.tar', 'app.tar.sha256', 'app.tar.003']) {
    test(`is imported, verified and described by the name ${name}`, async () => {
      const to = `by/${name.replaceAll('.', '-')}`;
      const { code, stderr } = await imported(name, to);
      assert.equal(code, 0, stderr);
      assert.equal(await new RawRepository(inside.host, to).digest('1.0.0'), digest);
      for (const command of ['verify', 'describe']) {
        const outcome = await carvelAirgap([command, file(name)]);
        assert.equal(outcome.code, 0, outcome.stderr + outcome.stdout);
      }
    });
  }

  const faults: Readonly<Record<string, readonly [expected: RegExp, () => Promise<void>]>> = {
    missing: [
      /these are missing: app\.tar\.002, app\.tar\.004/,
      async () => {
        for (const name of ['app.tar.002', 'app.tar.004']) await rm(file(name));
      },
    ],
    damaged: [
      /damaged, or belong to another set: app\.tar\.003$/m,
      async () => {
        const bytes = await readFile(file('app.tar.003'));
        bytes.writeUInt8((bytes[5000] ?? 0) ^ 1, 5000);
        await writeFile(file('app.tar.003'), bytes);
      },
    ],
    'cut off': [
      /damaged, or belong to another set: app\.tar\.001$/m,
      async () => {
        await writeFile(file('app.tar.001'), (await readFile(file('app.tar.001'))).subarray(0, 1000));
      },
    ],
    swapped: [
      /damaged, or belong to another set: app\.tar\.002, app\.tar\.003$/m,
      async () => {
        await rename(file('app.tar.002'), file('spare'));
        await rename(file('app.tar.003'), file('app.tar.002'));
        await rename(file('spare'), file('app.tar.003'));
      },
    ],
    replayed: [
      /damaged, or belong to another set: app\.tar\.003$/m,
      async () => {
        // The same name, from the export of last month.
        const earlier = await makeTemporaryFolder('volumes-earlier');
        const args = ['copy', '-b', `${vendor.host}/app:2.0.0`, '--to-tar', join(earlier.path, 'app.tar')];
        assert.equal((await carvelAirgap([...args, '--volume-size', `${LIMIT}`])).code, 0);
        await copyFile(join(earlier.path, 'app.tar.003'), file('app.tar.003'));
        await earlier.remove();
      },
    ],
    'of another set': [
      /damaged, or belong to another set: app\.tar\.002$/m,
      async () => {
        assert.equal((await exported('other.tar', '2.0.0')).code, 0);
        await copyFile(file('other.tar.002'), file('app.tar.002'));
      },
    ],
  };
  for (const [what, [expected, make]] of Object.entries(faults)) {
    test(`with volumes that are ${what} is refused by their names, and nothing is written`, async () => {
      await make();
      const before = (await inside.requests()).length;
      const { code, stderr } = await imported('app.tar', 'refused');
      assert.equal(code, 1);
      assert.match(stderr, expected);
      const sent = (await inside.requests()).slice(before).filter(({ method }) => !['GET', 'HEAD'].includes(method));
      assert.deepEqual(sent, []);
      assert.equal((await carvelAirgap(['verify', file('app.tar')])).code, 1);
    });
  }

  test('without its list of checksums, or with one that is cut off, says so', async () => {
    const index = await readFile(file('app.tar.sha256'));
    await writeFile(file('app.tar.sha256'), index.subarray(0, -30));
    assert.match(
      (await imported('app.tar.001', 'never')).stderr,
      /app\.tar\.sha256, the list of checksums of a set of volumes, is not valid: its last line/,
    );
    // Whole lines may be missing, too.
    const lines = index.toString().split('\n');
    await writeFile(file('app.tar.sha256'), `${lines.slice(0, 3).join('\n')}\n`);
    assert.match((await imported('app.tar', 'never')).stderr, /is not valid: it does not list app\.tar\.004/);
    await rm(file('app.tar.004'));
    assert.match(
      (await imported('app.tar', 'never')).stderr,
      /is not valid: the tar does not end with app\.tar\.003, .* cut off/,
    );
    assert.deepEqual([...(await new RawRepository(inside.host, 'never').tags())], []);
    await rm(file('app.tar.sha256'));
    assert.match(
      (await imported('app.tar.001', 'never')).stderr,
      /is a volume of a set, but its list of checksums, \S+app\.tar\.sha256, is missing/,
    );
  });

  test('replaces an older set of the same name', async () => {
    assert.equal((await exported('app.tar', '2.0.0')).code, 0);
    await outputOf('sha256sum', ['-c', '--strict', 'app.tar.sha256'], { cwd: folder.path });
    assert.equal((await carvelAirgap(['verify', file('app.tar')])).code, 0);
    assert.equal((await readdir(folder.path)).length, 6);
  });

  test('is resumed after a kill with what was written', async () => {
    await rm(folder.path, { recursive: true });
    folder = await makeTemporaryFolder('volumes');
    const args = ['copy', '-b', `${vendor.host}/app:1.0.0`, '--to-tar', file('app.tar'), '--volume-size', '1MB'];
    const killed = await carvelAirgap([...args, '--bandwidth-limit', '2MB', '--tty'], {
      watch: (stderr, kill) => void (/[2-9]\.\d MB of/.test(stderr) && kill('SIGKILL')),
    });
    assert.notEqual(killed.code, 0);
    assert.ok((await readdir(folder.path)).includes('app.tar.partial'));
    const resumed = await carvelAirgap(args);
    assert.equal(resumed.code, 0, resumed.stderr);
    await outputOf('sha256sum', ['-c', '--strict', 'app.tar.sha256'], { cwd: folder.path });
    assert.equal((await carvelAirgap(['verify', file('app.tar')])).code, 0);
    assert.deepEqual((await readdir(folder.path)).length, 6);
  });

  test('that is not finished is removed by discard, and a size that is too small is refused', async () => {
    const args = ['copy', '-b', `${vendor.host}/app:2.0.0`, '--to-tar', file('new.tar'), '--volume-size', '1MB'];
    await carvelAirgap([...args, '--bandwidth-limit', '2MB', '--tty'], {
      watch: (stderr, kill) => void (/[2-9]\.\d MB of/.test(stderr) && kill('SIGKILL')),
    });
    assert.equal((await carvelAirgap(['discard', '--to-tar', file('new.tar')])).code, 0);
    assert.equal((await readdir(folder.path)).length, 6);
    const tiny = await carvelAirgap([...args.slice(0, -1), '1024']);
    assert.equal(tiny.code, 1);
    assert.match(tiny.stderr, /would have more than 1000 volumes/);
    assert.equal((await readdir(folder.path)).length, 6);
  });
});
