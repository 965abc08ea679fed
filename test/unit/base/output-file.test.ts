import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import {
  chmod,
  chown,
  link,
  lstat,
  mkdir,
  mkdtemp,
  readFile,
  readdir,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { createServer } from 'node:net';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';

import { checkOutput, writeOutput, writingReason } from '../../../src/base/output-file.ts';

const isRoot = process.getuid?.() === 0;

describe('an output file', () => {
  let root = '';
  let folder = '';
  let count = 0;
  before(async () => {
    root = await mkdtemp(join(tmpdir(), 'output-'));
  });
  afterEach(() => (folder = ''));
  after(() => rm(root, { recursive: true }));

  const fresh = async (): Promise<string> => {
    folder = join(root, String(count++));
    await mkdir(folder);
    return folder;
  };
  const modeOf = async (path: string) => (await stat(path)).mode & 0o777;
  const reasonFor = (path: string) => checkOutput(path).then(() => undefined, writingReason);

  test('is readable only by its owner, and leaves no other file behind', async () => {
    const path = join(await fresh(), 'lock.yml');
    await checkOutput(path);
    assert.deepEqual(await readdir(folder), []);
    await writeOutput(path, 'text');
    assert.equal(await modeOf(path), 0o600);
    assert.deepEqual(await readdir(folder), ['lock.yml']);
  });

  test('is written without the temporary files that killed processes of this machine left', async () => {
    const host = createHash('sha256').update(hostname()).digest('hex').slice(0, 8);
    await fresh();
    const ended = spawn('true');
    await once(ended, 'close');
    const [dead, running, elsewhere] = [
      `.carvel-airgap-${host}-${ended.pid}-01234567.partial`,
      `.carvel-airgap-${host}-${process.pid}-01234567.partial`,
      `.carvel-airgap-00000000-${ended.pid}-01234567.partial`,
    ];
    for (const name of [dead, running, elsewhere]) await writeFile(join(folder, name), '');
    await writeOutput(join(folder, 'new'), 'text');
    assert.deepEqual((await readdir(folder)).sort(), [elsewhere, running, 'new'].sort());
  });

  test('keeps the permissions and owner of an existing file', async () => {
    const path = join(await fresh(), 'lock.yml');
    await writeFile(path, 'old and longer');
    await chmod(path, 0o664);
    if (isRoot) await chown(path, 12_345, 54_321);
    await writeOutput(path, 'text');
    const { uid, gid } = await stat(path);
    assert.equal(await readFile(path, 'utf8'), 'text');
    assert.equal(await modeOf(path), 0o664);
    if (isRoot) assert.deepEqual([uid, gid], [12_345, 54_321]);
  });

  test('follows symlinks, to an existing or a new file', async () => {
    await mkdir(join(await fresh(), 'below'));
    await symlink('below/target.yml', join(folder, 'second.yml'));
    await symlink('second.yml', join(folder, 'first.yml'));
    for (const text of ['new', 'changed']) {
      await checkOutput(join(folder, 'first.yml'));
      await writeOutput(join(folder, 'first.yml'), text);
      assert.equal(await readFile(join(folder, 'below/target.yml'), 'utf8'), text);
      assert.ok((await lstat(join(folder, 'first.yml'))).isSymbolicLink());
      assert.ok((await lstat(join(folder, 'second.yml'))).isSymbolicLink());
    }
  });

  test('is seen under its other hard links', async () => {
    const path = join(await fresh(), 'one.yml');
    await writeFile(path, 'old and longer');
    await link(path, join(folder, 'two.yml'));
    await writeOutput(path, 'text');
    assert.equal(await readFile(join(folder, 'two.yml'), 'utf8'), 'text');
  });

  test('writes into a pipe, which stays one', async () => {
    const path = join(await fresh(), 'pipe');
    execFileSync('mkfifo', [path]);
    await checkOutput(path);
    const reader = spawn('cat', [path], { stdio: ['ignore', 'pipe', 'ignore'] });
    let read = '';
    reader.stdout.setEncoding('utf8').on('data', (text: string) => (read += text));
    await Promise.all([writeOutput(path, 'text'), once(reader, 'close')]);
    assert.equal(read, 'text');
    assert.ok((await lstat(path)).isFIFO());
  });

  test('writes into a device, which stays one', async () => {
    // Only an administrator can make a device, and the real ones are not to be tried on.
    if (!isRoot) return;
    const path = join(await fresh(), 'null');
    execFileSync('mknod', [path, 'c', '1', '3']);
    await checkOutput(path);
    await writeOutput(path, 'text');
    assert.ok((await lstat(path)).isCharacterDevice());
  });

  test('writes into an open file named by its number, and does not replace it', async () => {
    // Only Linux shows the open files of a process as symlinks.
    if (process.platform !== 'linux') return;
    const path = join(await fresh(), 'open.yml');
    const module = import.meta.resolve('../../../src/base/output-file.ts');
    const script = `const { writeOutput } = await import(${JSON.stringify(module)});
      await writeOutput('/dev/fd/3', 'by number\\n');
      await writeOutput('/dev/stdout', 'by name\\n');
      console.log('and more');`;
    const command = 'exec 3>"$2"; "$0" --input-type=module -e "$1" >"$2.out"; echo after >&3';
    execFileSync('sh', ['-c', command, process.execPath, script, path]);
    assert.match(await readFile(path, 'utf8'), /^after\n/);
    assert.equal(await readFile(`${path}.out`, 'utf8'), 'by name\nand more\n');
  });

  test('is rejected in advance with the reason if it cannot be written', async () => {
    await mkdir(join(await fresh(), 'folder'));
    await symlink('loop', join(folder, 'loop'));
    await symlink('none/file', join(folder, 'dangling'));
    const server = createServer().listen(join(folder, 'socket'));
    await once(server, 'listening');
    try {
      assert.equal(await reasonFor(join(folder, 'none/lock.yml')), 'the folder does not exist');
      assert.equal(await reasonFor(join(folder, 'dangling')), 'the folder does not exist');
      assert.equal(await reasonFor(join(folder, 'folder')), 'a folder with this name exists');
      assert.equal(await reasonFor(join(folder, 'new/')), 'it does not name a file');
      assert.equal(await reasonFor(''), 'it does not name a file');
      assert.equal(await reasonFor(join(folder, 'loop')), 'it is a symlink that leads nowhere');
      assert.equal(await reasonFor(join(folder, 'socket')), 'it is a socket');
      assert.equal(await reasonFor(join(folder, 'x'.repeat(256))), 'its name is too long');
      assert.equal(await reasonFor(join(folder, 'x'.repeat(255))), undefined);
    } finally {
      server.close();
    }
  });
});
