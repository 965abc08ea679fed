// F28: the network goes away in the middle of a copy and comes back: a VPN that reconnects, a name server that has a bad minute.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { makeTemporaryFolder } from '../support/lifetime.ts';
import { sha256 } from '../support/raw-registry.ts';
import { assertComplete, LAYER, makeWorld } from './world.ts';

const cli = fileURLToPath(new URL('../../dist/cli.cjs', import.meta.url));

test("F28 a registry's name stops resolving, and resolves again later", { timeout: 60_000 }, async (context) => {
  const world = await makeWorld();
  context.after(() => world.stop());
  const folder = await makeTemporaryFolder('network');
  context.after(() => folder.remove());
  const hosts = join(folder.path, 'hosts');
  const known = '127.0.0.1 localhost vendor.example\n';
  await writeFile(hosts, known);
  const [layer = Buffer.alloc(0)] = world.image.layers;
  world.from.arm([{ method: 'GET', path: new RegExp(sha256(layer)), action: { do: 'stall', afterAnswer: LAYER / 2 } }]);
  // Its own /etc/hosts, in a mount namespace of its own.
  const script = 'mount --bind "$1" /etc/hosts || exit 77; shift; exec "$@"';
  const [, port = ''] = world.from.host.split(':');
  const source = `vendor.example:${port}/${world.image.path}:v1`;
  const copy = [process.execPath, cli, 'copy', '-i', source, '--to-repo', `${world.to.host}/network/app`];
  const child = spawn('unshare', ['-m', 'sh', '-c', script, 'sh', hosts, ...copy, '--registry-insecure'], {
    env: { PATH: '/usr/bin:/bin', HOME: '/nonexistent', XDG_STATE_HOME: folder.path },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  context.after(() => child.kill('SIGKILL'));
  const ended = once(child, 'close') as Promise<[number | null]>;
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  const until = async (isSo: () => boolean) => {
    while (!isSo() && child.exitCode === null) await pause(10);
  };
  await until(() => world.from.passed.some(({ isHit, received }) => isHit && received >= LAYER / 2));
  await writeFile(hosts, '127.0.0.1 localhost\n');
  world.from.breakAll();
  await until(() => (said.match(/^copy \| retrying sha256:.* \(\d+\)/gm) ?? []).length >= 3);
  assert.match(said, /Could not resolve the host 'vendor\.example:\d+'/);
  await writeFile(hosts, known);
  const [code] = await ended;
  assert.equal(code, 0, said);
  await assertComplete(world, 'network/app');
});
