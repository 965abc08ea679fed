// How the command line starts: each pipeline step and each completion of a shell waits for that.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';

import { carvelAirgap } from '../support/cli.ts';
import { startHttpServer } from '../support/http-server.ts';
import { makeTemporaryFolder, type TemporaryFolder } from '../support/lifetime.ts';

describe('the start of the command line', () => {
  let home: TemporaryFolder;
  beforeEach(async () => {
    home = await makeTemporaryFolder('start');
  });
  afterEach(() => home.remove());

  async function start(args: readonly string[], env: Readonly<Record<string, string>>): Promise<string> {
    const { code, stdout, stderr } = await carvelAirgap(args, { env });
    assert.equal(code, 0, stderr);
    assert.match(stdout, /carvel-airgap/);
    return stderr;
  }

  // As the first process of a container, it would not even end.
  test('a signal that comes while the commands are still being loaded is not lost', async () => {
    const hook = join(home.path, 'hook.cjs');
    await writeFile(
      hook,
      `const fs = require('node:fs');
      const read = fs.readFileSync;
      fs.readFileSync = (path, ...more) => {
        if (String(path).endsWith('cli-commands.cjs')) process.kill(process.pid, 'SIGTERM');
        return read(path, ...more);
      };`,
    );
    const server = await startHttpServer(() => undefined);
    try {
      const args = ['copy', '-b', `${server.host}/app/bundle:v1`, '--to-repo', `${server.host}/inside/bundle`];
      const env = { HOME: home.path, NODE_OPTIONS: `--require=${hook}` };
      const { code, stderr } = await carvelAirgap(args, { env });
      assert.equal(code, 1, stderr);
      assert.match(stderr, /canceled/i);
    } finally {
      await server.stop();
    }
  });

  describe('with code compiled by earlier runs', () => {
    const file = () => join(home.path, '.cache/carvel-airgap/compiled/help/functions.bin');

    /** What V8 says about the compiled code that it is given; empty if it is given none. */
    async function judged(...args: string[]): Promise<string> {
      const hook = join(home.path, 'hook.cjs');
      await writeFile(
        hook,
        `const vm = require('node:vm');
        // As a copy of thousands of blobs does.
        process.on('exit', () => require('node:v8').setFlagsFromString('--semi-space-growth-factor=1'));
        vm.Script = class extends vm.Script {
          constructor(...args) {
            super(...args);
            if (this.cachedDataRejected !== undefined) console.error(this.cachedDataRejected ? 'rejected' : 'accepted');
          }
        };`,
      );
      return (await start(args, { HOME: home.path, NODE_OPTIONS: `--require=${hook}` })).trim();
    }

    for (const args of [['--help'], ['copy', '--help'], ['version']]) {
      test(`‘${args.join(' ')}’ compiles nothing again`, async () => {
        assert.equal(await judged(...args), '');
        assert.equal((await stat(file())).mode & 0o777, 0o600);
        const first = await readFile(file());
        assert.equal(await judged(...args), 'accepted');
        assert.deepEqual(await readFile(file()), first);
      });
    }

    test('it is completed by a run that needs more of it', async () => {
      await judged('version');
      const few = await readFile(file());
      assert.equal(await judged('copy', '--help'), 'accepted');
      const more = await readFile(file());
      assert.ok(more.byteLength > few.byteLength);
      assert.equal(await judged('copy', '--help'), 'accepted');
      assert.deepEqual(await readFile(file()), more);
    });

    test('it is not used if it is damaged, and then replaced', async () => {
      await judged('version');
      const good = await readFile(file());
      const damaged = Buffer.from(good);
      damaged.writeUInt8(damaged.readUInt8(good.byteLength >> 1) ^ 1, good.byteLength >> 1);
      for (const wrong of [damaged, good.subarray(0, good.byteLength >> 1), good.subarray(0, 5), Buffer.alloc(0)]) {
        await writeFile(file(), wrong);
        assert.equal(await judged('version'), '');
        assert.equal(await judged('version'), 'accepted');
      }
    });

    test('nothing is kept of a run that fails', async () => {
      const { code } = await carvelAirgap(['no-such-command'], { env: { HOME: home.path } });
      assert.equal(code, 1);
      assert.ok(!existsSync(file()));
    });
  });

  test('needs no place for compiled code', async () => {
    await writeFile(join(home.path, 'file'), '');
    for (const HOME of ['file', 'missing']) await start(['--help'], { HOME: join(home.path, HOME) });
    assert.equal(await start(['--help'], { HOME: home.path, NODE_DISABLE_COMPILE_CACHE: '1' }), '');
  });

  test('loads no commands to list them, and so no network either', async () => {
    const hook = join(home.path, 'hook.cjs');
    await writeFile(hook, "process.on('exit', () => console.error(process.moduleLoadList.join('\\n')));\n");
    const loaded = async (...args: string[]) =>
      (await start(args, { HOME: home.path, NODE_OPTIONS: `--require=${hook}` })).split('\n');
    const network = ['NativeModule tls', 'NativeModule dns'];
    for (const args of [['--help'], ['help'], ['version']]) {
      const modules = await loaded(...args);
      assert.deepEqual(
        network.filter((name) => modules.includes(name)),
        [],
        args.join(' '),
      );
    }
    const copy = await loaded('copy', '--help');
    assert.deepEqual(
      network.filter((name) => copy.includes(name)),
      network,
    );
  });
});
