// How the command line starts: each pipeline step and each completion of a shell waits for that.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';

import { carvelAirgap } from '../support/cli.ts';
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

  for (const args of [['--help'], ['copy', '--help'], ['version']]) {
    test(`of ‘${args.join(' ')}’ compiles nothing that an earlier run has compiled`, async () => {
      const env = { HOME: home.path, NODE_DEBUG_NATIVE: 'COMPILE_CACHE' };
      assert.match(await start(args, env), /writing cache for CommonJS \S*cli-commands\.cjs .*success/);
      assert.match(await start(args, env), /V8 code cache for CommonJS \S*cli-commands\.cjs was accepted/);
    });
  }

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
    const network = ['NativeModule http', 'NativeModule http2', 'NativeModule tls', 'NativeModule dns'];
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
