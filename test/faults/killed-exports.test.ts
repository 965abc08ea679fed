// kill -9 before every change that an export or an import makes to the file system, and at requests of an import: the
// same command continues, ends with the same bytes, and leaves nothing else behind.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { carvelAirgap } from '../support/cli.ts';
import { type HttpServer, startHttpServer } from '../support/http-server.ts';
import { makeTemporaryFolder, type TemporaryFolder } from '../support/lifetime.ts';
import { RawRepository, sha256 } from '../support/raw-registry.ts';
import { type Registry, startRegistry } from '../support/registry.ts';

const killer = fileURLToPath(new URL('../support/kill-at.mjs', import.meta.url));
const epoch = { SOURCE_DATE_EPOCH: '1700000000' };
/** How many changes of a kind are killed: the first ones and the last ones. Those that give and take names count most. */
const MOST: Readonly<Record<string, number>> = { rename: 8, rm: 8 };
const MOST_OF_OTHERS = 4;

describe('kill -9', () => {
  let vendor: Registry;
  let folder: TemporaryFolder;
  const layers = [randomBytes(1_500_000), randomBytes(900_000), randomBytes(30_000)];
  let digest = '';

  before(async () => {
    vendor = await startRegistry();
    folder = await makeTemporaryFolder('killed-exports');
    const repository = new RawRepository(vendor.host, 'app');
    const image = await repository.pushImage('image', layers);
    digest = await repository.pushBundle('1.0.0', [`${vendor.host}/app@${image}`]);
  });
  after(async () => {
    await vendor?.stop();
    await folder?.remove();
  });

  /** Runs a command with KILL_AT; the kinds of changes that it made. */
  async function steps(args: readonly string[], at = '', env: Readonly<Record<string, string>> = {}) {
    const log = join(folder.path, 'steps.log');
    const kill = { NODE_OPTIONS: `--import=${killer}`, KILL_AT: at, ...(at === '' ? { KILL_LOG: log } : {}) };
    const outcome = await carvelAirgap(args, { env: { ...epoch, ...kill, ...env } });
    const names = at === '' ? (await readFile(log, 'utf8')).trimEnd().split('\n') : [];
    return { ...outcome, names };
  }

  const exports: Readonly<Record<string, (path: string) => readonly string[]>> = {
    'a tar': (path) => ['--to-tar', join(path, 'app.tar')],
    'a set of volumes': (path) => ['--to-tar', join(path, 'app.tar'), '--volume-size', '500kB'],
    'an OCI image layout in a folder': (path) => ['--to-oci', join(path, 'layout')],
  };
  for (const [what, to] of Object.entries(exports)) {
    test(`before any change of an export to ${what}`, async () => {
      const copy = (path: string) => ['copy', '-b', `${vendor.host}/app:1.0.0`, ...to(path)];
      const place = async (name: string): Promise<string> => {
        const path = join(folder.path, `${what.replaceAll(' ', '-')}-${name}`);
        await mkdir(path);
        return path;
      };
      const whole = await place('whole');
      const { code, stderr, names } = await steps(copy(whole));
      assert.equal(code, 0, stderr);
      const expected = await contentOf(whole);
      for (const at of selected(names)) {
        const path = await place(at.replace(':', '-'));
        const killed = await steps(copy(path), at);
        assert.ok(endedOf(killed), `${at}: ${killed.stderr}`);
        const again = await carvelAirgap(copy(path), { env: epoch });
        assert.equal(again.code, 0, `${at}: ${again.stderr}`);
        assert.deepEqual(await contentOf(path), expected, `killed before ${at}`);
      }
    });
  }

  test('before any change of an import with a receipt', async (context) => {
    const { tar, inside, expected } = await importWorld(context);
    const state = async (name: string): Promise<string> => {
      const path = join(folder.path, `state-${name}`);
      await mkdir(path);
      return path;
    };
    const copy = (to: string, at: string) => [
      'copy',
      '--tar',
      tar,
      '--to-repo',
      `${inside.host}/${to}`,
      '--receipt',
      join(at, 'receipt.json'),
    ];
    const whole = await state('whole');
    const { code, stderr, names } = await steps(copy('whole', whole), '', { XDG_STATE_HOME: whole });
    assert.equal(code, 0, stderr);
    for (const at of selected(names)) {
      const path = await state(at.replace(':', '-'));
      const env = { XDG_STATE_HOME: path };
      const killed = await steps(copy(`at/${at.replace(':', '-').toLowerCase()}`, path), at, env);
      assert.ok(endedOf(killed), `${at}: ${killed.stderr}`);
      const again = await carvelAirgap(copy(`at/${at.replace(':', '-').toLowerCase()}`, path), {
        env: { ...epoch, ...env },
      });
      assert.equal(again.code, 0, again.stderr);
      assert.deepEqual(
        [...(await new RawRepository(inside.host, `at/${at.replace(':', '-').toLowerCase()}`).tags())],
        expected,
      );
      assert.deepEqual(await namesIn(path), await namesIn(whole), `killed before ${at}`);
    }
  });

  test('at every second request of an import', async (context) => {
    const { tar, inside, expected } = await importWorld(context);
    const proxy = await startKillingProxy(inside.host);
    context.after(() => proxy.stop());
    const copy = (to: string, state: string) => [
      'copy',
      '--tar',
      tar,
      '--to-repo',
      `${proxy.host}/${to}`,
      ...receipt(state),
    ];
    const receipt = (state: string) => ['--receipt', join(state, 'receipt.json')];
    for (let at = 1, isKilled = true; isKilled; at += 2) {
      const state = join(folder.path, `request-${at}`);
      await mkdir(state);
      const env = { ...epoch, XDG_STATE_HOME: state };
      const to = `request/${at}`;
      const killed = await carvelAirgap(copy(to, state), {
        env,
        started: (kill) => proxy.killAt(at, () => kill('SIGKILL')),
      });
      isKilled = killed.code === null;
      if (!isKilled) break;
      const repository = new RawRepository(inside.host, to);
      const before = await repository.tags();
      // Nothing has a name whose content is not complete.
      if (before.has('1.0.0')) await assertWhole(repository);
      proxy.killAt(0, () => undefined);
      const again = await carvelAirgap(copy(to, state), { env });
      assert.equal(again.code, 0, again.stderr);
      assert.deepEqual([...(await repository.tags())], expected, `killed at request ${at}: ${proxy.last}`);
      await assertWhole(repository);
      assert.deepEqual(await namesIn(state), ['receipt.json'], `killed at request ${at}: ${proxy.last}`);
    }
    assert.ok(proxy.most > 15, `${proxy.most} requests`);
  });

  async function importWorld(context: { after(act: () => Promise<void>): void }) {
    const inside = await startRegistry();
    context.after(() => inside.stop());
    const tar = join(folder.path, 'import.tar');
    const exported = await carvelAirgap(['copy', '-b', `${vendor.host}/app:1.0.0`, '--to-tar', tar], { env: epoch });
    assert.equal(exported.code, 0, exported.stderr);
    const direct = await carvelAirgap(['copy', '--tar', tar, '--to-repo', `${inside.host}/direct`]);
    assert.equal(direct.code, 0, direct.stderr);
    return { tar, inside, expected: [...(await new RawRepository(inside.host, 'direct').tags())] };
  }

  async function assertWhole(repository: RawRepository): Promise<void> {
    assert.equal(await repository.digest('1.0.0'), digest);
    for (const layer of layers) assert.ok((await repository.blob(sha256(layer))).equals(layer));
  }
});

/** The changes before which to kill, such as rename:3. */
function selected(names: readonly string[]): string[] {
  return [...new Set(names)].flatMap((name) => {
    const count = names.filter((each) => each === name).length;
    const half = (MOST[name] ?? MOST_OF_OTHERS) / 2;
    const all = Array.from({ length: count }, (_, index) => index + 1);
    const chosen = count <= 2 * half ? all : [...all.slice(0, half), ...all.slice(-half)];
    return chosen.map((ordinal) => `${name}:${ordinal}`);
  });
}

/** Killed; or complete, because it took fewer writes this time: how much is written at once depends on the network. */
function endedOf({ code }: { readonly code: number | null }): boolean {
  return code === null || code === 0;
}

/** Every file below a folder with the digest of its content. */
async function contentOf(folder: string): Promise<Record<string, string>> {
  const entries: [string, string][] = [];
  for (const name of await namesIn(folder)) {
    entries.push([
      name,
      createHash('sha256')
        .update(await readFile(join(folder, name)))
        .digest('hex'),
    ]);
  }
  return Object.fromEntries(entries);
}

async function namesIn(folder: string): Promise<string[]> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  return found
    .filter((each) => each.isFile())
    .map((each) => join(each.parentPath, each.name).slice(folder.length + 1))
    .sort();
}

interface KillingProxy extends HttpServer {
  /** Calls `kill` at a request, and again when the registry has answered it, instead of passing the answer on; 0 for never. */
  killAt(request: number, kill: () => void): void;
  /** The request that was killed. */
  readonly last: string;
  /** The most requests of one run. */
  readonly most: number;
}

/** Forwards to a registry. Requests that write are killed when the registry has processed them, others before it sees them. */
async function startKillingProxy(target: string): Promise<KillingProxy> {
  const [hostname, port] = target.split(':');
  let [count, at, most, last] = [0, 0, 0, ''];
  let kill: () => void = () => undefined;
  const server = await startHttpServer((incoming, answer) => {
    const { method, url, headers } = incoming;
    const isIt = ++count === at;
    most = Math.max(most, count);
    if (isIt) last = `${method} ${url}`;
    answer.on('error', () => undefined);
    if (isIt && (method === 'GET' || method === 'HEAD')) return kill();
    const onward = request({ hostname, port, method, path: url, headers }, (response) => {
      if (isIt) return kill();
      answer.writeHead(response.statusCode ?? 500, response.rawHeaders);
      response.pipe(answer);
    });
    onward.on('error', () => answer.destroy());
    incoming.on('error', () => onward.destroy());
    incoming.pipe(onward);
  });
  return {
    ...server,
    killAt: (request_, act) => void ([count, at, kill] = [0, request_, act]),
    get last() {
      return last;
    },
    get most() {
      return most;
    },
  };
}
