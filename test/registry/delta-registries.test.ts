// Deltas at the registries that people use: with imgpkg on the other side, with a base that is in another repository, and
// with one that is deleted before or during the import.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { rm, stat, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { carvelAirgap } from '../support/cli.ts';
import { type HttpServer, startHttpServer } from '../support/http-server.ts';
import { imgpkg } from '../support/imgpkg.ts';
import { makeTemporaryFolder, type TemporaryFolder } from '../support/lifetime.ts';
import { startOlareg } from '../support/olareg.ts';
import { RawRepository, sha256 } from '../support/raw-registry.ts';
import { type Registry, REGISTRIES, startRegistry } from '../support/registry.ts';
import { outputOf } from '../support/run-program.ts';

const registries: Readonly<Record<string, () => Promise<Registry>>> = {
  'Distribution 2.8': () => startRegistry({ program: 'Distribution 2.8', accessLog: true }),
  'Distribution 3': () => startRegistry({ program: 'Distribution 3', accessLog: true }),
  olareg: () => startOlareg({ accessLog: true }),
};

interface Moment {
  readonly name: string;
  /** Part of a repository's path. */
  readonly path: string;
  readonly method: string;
  readonly url: RegExp;
  /** The number of the request, from 1. */
  readonly nth: number;
  /** Whether the registry answers it first. */
  readonly isAfter: boolean;
}

const MOMENTS: readonly Moment[] = [
  // Planning has asked for every layer by then.
  { name: 'as the first upload begins', path: 'upload', method: 'POST', url: /uploads/, nth: 1, isAfter: false },
  // Both images of the tar are complete, so that no registry would notice.
  { name: 'after the last image', path: 'last', method: 'PUT', url: /manifests/, nth: 2, isAfter: true },
];

describe('a delta', () => {
  let vendor: Registry;
  let folder: TemporaryFolder;
  const layers = Array.from({ length: 10 }, () => randomBytes(50_000));
  const changed = randomBytes(50_000);
  const kept = sha256(layers[0] ?? changed);
  const file = (name: string) => join(folder.path, name);
  let expected = '';

  async function run(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await carvelAirgap(args);
    assert.equal(code, 0, stderr);
    return stdout;
  }
  async function fails(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await carvelAirgap(args);
    assert.equal(code, 1, stdout);
    return stderr;
  }
  const importTo = (to: string, name: string, ...more: string[]) => [
    'copy',
    '--tar',
    file(name),
    '--to-repo',
    to,
    ...more,
  ];

  before(async () => {
    vendor = await startRegistry();
    folder = await makeTemporaryFolder('delta-registries');
    const repository = new RawRepository(vendor.host, 'app');
    for (const version of ['1.0.0', '2.0.0']) {
      const own = version === '1.0.0' ? layers : [...layers.slice(0, -1), changed];
      const image = await repository.pushImage(`image-${version}`, own);
      await repository.pushBundle(version, [`${vendor.host}/app@${image}`]);
    }
    expected = await repository.digest('2.0.0');
    await run('copy', '-b', `${vendor.host}/app:1.0.0`, '--to-tar', file('v1.tar'));
    await run('copy', '-b', `${vendor.host}/app:2.0.0`, '--to-tar', file('v2.tar'), '--since', file('v1.tar'));
    assert.ok((await stat(file('v2.tar'))).size < 80_000);
  });
  after(async () => {
    await vendor?.stop();
    await folder?.remove();
  });

  for (const [name, start] of Object.entries(registries)) {
    describe(`at ${name}`, () => {
      let inside: Registry;
      before(async () => {
        inside = await start();
      });
      after(() => inside?.stop());

      test('is imported by both tools where the base is', async () => {
        for (const [path, tool] of [
          ['by/us', carvelAirgap],
          ['by/imgpkg', imgpkg],
        ] as const) {
          for (const tar of ['v1.tar', 'v2.tar']) {
            const { code, stderr } = await tool(importTo(`${inside.host}/${path}`, tar));
            assert.equal(code, 0, stderr);
          }
          const copied = new RawRepository(inside.host, path);
          assert.equal(await copied.digest('2.0.0'), expected);
          for (const layer of [...layers.slice(0, -1), changed]) {
            assert.ok((await copied.blob(sha256(layer))).equals(layer));
          }
        }
      });

      test('takes the layers of its base from another repository of the registry', async () => {
        const receipt = file(`${inside.host}.receipt.json`);
        await run(...importTo(`${inside.host}/base/app`, 'v1.tar', '--receipt', receipt));
        const delta = `${inside.host}.tar`;
        await run('copy', '-b', `${vendor.host}/app:2.0.0`, '--to-tar', file(delta), '--since', receipt);
        const out = await run(...importTo(`${inside.host}/other/app`, delta));
        assert.match(out, /9 mounted/);
        const copied = new RawRepository(inside.host, 'other/app');
        assert.equal(await copied.digest('2.0.0'), expected);
        for (const layer of layers.slice(0, -1)) assert.ok((await copied.blob(sha256(layer))).equals(layer));
        // A base that is a tar says nothing of repositories.
        const refused = await fails(...importTo(`${inside.host}/third/app`, 'v2.tar'));
        assert.match(refused, /v2\.tar omits layers that \S+\/third\/app does not have \(9, /);
      });

      test('is refused if a layer of its base was deleted, and nothing is written', async () => {
        const to = `${inside.host}/deleted/app`;
        await run(...importTo(to, 'v1.tar'));
        await deleteBlob(inside.host, 'deleted/app', kept);
        const count = (await inside.requests()).length;
        const refused = await fails(...importTo(to, 'v2.tar'));
        assert.match(refused, new RegExp(`v2\\.tar omits layers that .* does not have \\(1, .*\\): ${kept}`));
        assert.match(refused, /delta since v1\.tar \(export 1, sha256:[0-9a-f]{64}\)/);
        const methods = (await inside.requests()).slice(count).map(({ method }) => method);
        assert.deepEqual(
          methods.filter((method) => method !== 'GET' && method !== 'HEAD'),
          [],
        );
        // The base is imported again, and the delta after it.
        await run(...importTo(to, 'v1.tar', '--repair'));
        await run(...importTo(to, 'v2.tar'));
        assert.equal(await new RawRepository(inside.host, 'deleted/app').digest('2.0.0'), expected);
      });

      test('that is applied twice changes nothing the second time, and is refused as a replay if told what came last', async () => {
        const [to, receipt] = [`${inside.host}/twice/app`, file(`${inside.host}.twice.json`)];
        await run(...importTo(to, 'v1.tar'));
        await run(...importTo(to, 'v2.tar', '--receipt', receipt));
        const count = (await inside.requests()).length;
        await run(...importTo(to, 'v2.tar'));
        const refused = await fails(...importTo(to, 'v2.tar', '--after', receipt));
        assert.match(refused, /v2\.tar is export 2, but export 2 of .* has already been imported/);
        const methods = (await inside.requests()).slice(count).map(({ method }) => method);
        assert.deepEqual(
          methods.filter((method) => method !== 'GET' && method !== 'HEAD'),
          [],
        );
      });

      for (const moment of MOMENTS) {
        test(`ends with an error if a layer of its base is deleted ${moment.name}, and nothing is tagged`, async (context) => {
          const path = `during/${moment.path}`;
          await run(...importTo(`${inside.host}/${path}`, 'v1.tar'));
          const proxy = await startActingProxy(inside.host, moment, () => deleteBlob(inside.host, path, kept));
          context.after(() => proxy.stop());
          const to = `${proxy.host}/${path}`;
          const error = await fails(...importTo(to, 'v2.tar'));
          assert.match(error, new RegExp(`does not have the layer ${kept} any more, which \\S+v2\\.tar omits`));
          assert.match(
            error,
            /Import v1\.tar \(export 1, sha256:[0-9a-f]{64}\) again, with --repair, and then this tar/,
          );
          const repository = new RawRepository(inside.host, path);
          assert.ok(!(await repository.tags()).has('2.0.0'));
          // The same command again does not take what has arrived for complete.
          assert.match(await fails(...importTo(to, 'v2.tar')), /omits layers that .* \(1, /);
          assert.ok(!(await repository.tags()).has('2.0.0'));
          await run(...importTo(to, 'v1.tar', '--repair'));
          await run(...importTo(to, 'v2.tar'));
          assert.equal(await repository.digest('2.0.0'), expected);
          assert.ok((await repository.blob(kept)).equals(layers[0] ?? changed));
        });
      }
    });
  }

  test('is refused after the registry has collected its base as garbage, and nothing is tagged', async (context) => {
    const storage = join(folder.path, 'storage');
    const first = await startRegistry({ program: 'Distribution 2.8', storage });
    await run(...importTo(`${first.host}/app`, 'v1.tar'));
    const repository = new RawRepository(first.host, 'app');
    for (const digest of new Set((await repository.tags()).values())) await repository.deleteManifest(digest);
    await first.stop();
    const config = file('gc.yml');
    await writeFile(config, `version: 0.1\nstorage:\n  filesystem:\n    rootdirectory: ${storage}\n`);
    const collected = await outputOf(await REGISTRIES['Distribution 2.8'](), ['garbage-collect', config]);
    assert.match(collected, /blob eligible for deletion/);
    const second = await startRegistry({ program: 'Distribution 2.8', storage });
    context.after(() => second.stop());
    const refused = await fails(...importTo(`${second.host}/app`, 'v2.tar'));
    assert.match(refused, /v2\.tar omits layers that \S+\/app does not have \(9, 4\d\d\.\d kB\)/);
    assert.match(refused, /First import that into \S+\/app/);
    assert.deepEqual([...(await new RawRepository(second.host, 'app').tags())], []);
  });

  test('since the inventory or the receipt of another repository is refused with its name, and not written', async (context) => {
    const inside = await startRegistry();
    context.after(() => inside.stop());
    const other = new RawRepository(inside.host, 'other');
    await other.pushBundle('1.0.0', [`${inside.host}/other@${await other.pushImage('image', [randomBytes(1000)])}`]);
    await run('inventory', `${inside.host}/other`, '-o', file('other.json'));
    const copy = ['copy', '-b', `${vendor.host}/app:2.0.0`, '--to-tar', file('never.tar'), '--since'];
    for (const since of [file('other.json'), `${inside.host}/other`]) {
      const refused = await fails(...copy, since);
      assert.match(refused, /other(?:\.json)? has none of the 1[23] layers and configs of \S+\/app:2\.0\.0/);
      assert.match(refused, /Use a receipt or an inventory of the place where/);
    }
    await assert.rejects(stat(file('never.tar')), { code: 'ENOENT' });
  });

  test('of a change of 5 % has less than 6 % of the bytes, and is imported by both tools', async (context) => {
    const inside = await startRegistry();
    context.after(() => inside.stop());
    const repository = new RawRepository(vendor.host, 'large');
    const own = Array.from({ length: 20 }, () => randomBytes(SIZE / 20));
    for (const version of ['1.0.0', '2.0.0']) {
      if (version === '2.0.0') own[7] = randomBytes(SIZE / 20);
      const image = await repository.pushImage(`image-${version}`, own);
      await repository.pushBundle(version, [`${vendor.host}/large@${image}`]);
    }
    const tars = ['1.0.0', 'full-2.0.0', 'delta-2.0.0'].map((name) => file(`large-${name}.tar`));
    const [first = '', full = '', delta = ''] = tars;
    await run('copy', '-b', `${vendor.host}/large:1.0.0`, '--to-tar', first);
    await run('copy', '-b', `${vendor.host}/large:2.0.0`, '--to-tar', full);
    await run('copy', '-b', `${vendor.host}/large:2.0.0`, '--to-tar', delta, '--since', first);
    const [whole, part] = [(await stat(full)).size, (await stat(delta)).size];
    context.diagnostic(`${part} of ${whole} bytes: ${((part / whole) * 100).toFixed(3)} %`);
    assert.ok(part < 0.06 * whole, `${part} of ${whole}`);
    for (const [path, tool] of [
      ['large/us', carvelAirgap],
      ['large/imgpkg', imgpkg],
    ] as const) {
      for (const tar of [first, delta]) {
        const { code, stderr } = await tool(['copy', '--tar', tar, '--to-repo', `${inside.host}/${path}`]);
        assert.equal(code, 0, stderr);
      }
      const copied = new RawRepository(inside.host, path);
      assert.equal(await copied.digest('2.0.0'), await repository.digest('2.0.0'));
      for (const layer of own) assert.ok((await copied.blob(sha256(layer))).equals(layer));
    }
    for (const tar of tars) await rm(tar);
  });
});

/** Bytes of the large bundle; 400 MB by default. */
const SIZE = Number(process.env['DELTA_SIZE'] ?? 400_000_000);

async function deleteBlob(host: string, path: string, digest: string): Promise<void> {
  const { status } = await fetch(`http://${host}/v2/${path}/blobs/${digest}`, { method: 'DELETE' });
  assert.equal(status, 202, `${path} ${digest}`);
}

/** Forwards to a registry, and acts before or after one request. */
async function startActingProxy(
  target: string,
  { method, url: pattern, nth, isAfter }: Moment,
  act: () => Promise<void>,
): Promise<HttpServer> {
  const [hostname, port] = target.split(':');
  let count = 0;
  return startHttpServer((incoming, answer) => {
    const { url = '', headers } = incoming;
    const isIt = incoming.method === method && pattern.test(url) && ++count === nth;
    void (isIt && !isAfter ? act() : Promise.resolve()).then(() => {
      const onward = request({ hostname, port, method: incoming.method, path: url, headers }, (response) => {
        void (isIt && isAfter ? act() : Promise.resolve()).then(() => {
          answer.writeHead(response.statusCode ?? 500, response.rawHeaders);
          response.pipe(answer);
        });
      });
      onward.on('error', () => answer.destroy());
      incoming.pipe(onward);
    });
  });
}
