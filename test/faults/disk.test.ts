// F24: the disk runs full while a tar is written. A small disk of memory is mounted where nobody else sees it.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { carvelAirgap } from '../support/cli.ts';
import { makeTemporaryFolder } from '../support/lifetime.ts';
import { sha256 } from '../support/raw-registry.ts';
import { runProgram } from '../support/run-program.ts';
import { LAYER, makeWorld } from './world.ts';

const cli = fileURLToPath(new URL('../../dist/cli.cjs', import.meta.url));

// $1: folder for the disk; $2: reference; $3: where the tar goes in the end; the rest: node and the command line.
const SCRIPT = `
disk=$1 reference=$2 result=$3; shift 3
mount -t tmpfs -o size=5m none "$disk" || exit 77
"$@" copy -i "$reference" --to-tar "$disk/x.tar" --stall-timeout 3s & copy=$!
until test "$(grep -c written "$disk/x.tar.partial.journal" 2>/dev/null)" = 2; do sleep 0.02; done
dd if=/dev/zero of="$disk/filler" bs=64k 2>/dev/null
wait $copy; echo "first: $?"
test -e "$disk/x.tar" && echo "there is a tar"
rm "$disk/filler"
"$@" copy -i "$reference" --to-tar "$disk/x.tar"; echo "second: $?"
ls -A "$disk"
cat "$disk/x.tar" > "$result"
`;

test(
  'F24 a full disk ends an export, which reports the required space and resumes after space was freed',
  { timeout: 120_000 },
  async (context) => {
    const world = await makeWorld();
    context.after(() => world.stop());
    const folder = await makeTemporaryFolder('disk');
    context.after(() => folder.remove());
    const [disk, whole, result] = ['disk', 'whole.tar', 'result.tar'].map((name) => join(folder.path, name)) as [
      string,
      string,
      string,
    ];
    await mkdir(disk);
    const reference = `${world.from.host}/${world.image.path}:v1`;
    assert.equal((await carvelAirgap(['copy', '-i', reference, '--to-tar', whole])).code, 0);
    const [layer = Buffer.alloc(0), ...others] = world.image.layers;
    const get = new RegExp(`/blobs/${sha256(layer)}`);
    world.from.arm([{ method: 'GET', path: get, action: { do: 'stall', afterAnswer: LAYER / 3 } }]);

    const args = ['-rm', 'sh', '-c', SCRIPT, 'sh', disk, reference, result, process.execPath, cli];
    const { code, stdout, stderr } = await runProgram('unshare', args, { env: { HOME: '/nonexistent' } });
    assert.notEqual(code, 77, `no disk can be mounted here: ${stderr}`);
    assert.match(stdout, /first: 1\n/);
    assert.ok(!stdout.includes('there is a tar'));
    const [, needed] = /The disk became full while writing .*x\.tar: (\d+) more bytes are needed/.exec(stderr) ?? [];
    assert.ok(Number(needed) > LAYER / 4 && Number(needed) < LAYER + 100_000, stderr);
    assert.match(stderr, /Free some space and start the same export again\. What is complete is kept/);
    assert.match(stdout, /second: 0\nx\.tar\nx\.tar\.export\.json\n$/);
    const digest = async (path: string) =>
      createHash('sha256')
        .update(await readFile(path))
        .digest('hex');
    assert.equal(await digest(result), await digest(whole));
    for (const other of others) {
      const gets = world.from.passed.filter(({ method, path }) => method === 'GET' && path.includes(sha256(other)));
      assert.equal(gets.length, 1, 'what was complete is not read again');
    }
  },
);
