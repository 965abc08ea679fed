// Inventories, and exports that omit what the other side already has.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { copyFile, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { carvelAirgap } from '../support/cli.ts';
import { imgpkg } from '../support/imgpkg.ts';
import { makeTemporaryFolder, type TemporaryFolder } from '../support/lifetime.ts';
import { RawRepository, sha256 } from '../support/raw-registry.ts';
import { type Registry, startRegistry } from '../support/registry.ts';

interface InventoryFile {
  readonly kind: string;
  readonly time: string;
  readonly places: readonly {
    readonly place: string;
    readonly tags: Readonly<Record<string, string>>;
    readonly manifests: Readonly<Record<string, number>>;
    readonly blobs: Readonly<Record<string, number>>;
  }[];
}

const epoch = { SOURCE_DATE_EPOCH: '1700000000' };

describe('inventory and delta', () => {
  let vendor: Registry;
  let folder: TemporaryFolder;
  /** Layers of the first version; the second replaces the last of them. */
  const layers = Array.from({ length: 20 }, () => randomBytes(100_000));
  const changed = randomBytes(100_000);
  let repository: RawRepository;
  const file = (name: string) => join(folder.path, name);

  async function run(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<string> {
    const { code, stdout, stderr } = await carvelAirgap(args, { env });
    assert.equal(code, 0, stderr);
    return stdout;
  }
  const inventoryOf = async (target: string, name: string): Promise<InventoryFile> => {
    await run(['inventory', target, '-o', file(name)], epoch);
    return JSON.parse(await readFile(file(name), 'utf8')) as InventoryFile;
  };
  const exported = (version: string, name: string, ...more: string[]) =>
    run(['copy', '-b', `${vendor.host}/app:${version}`, '--to-tar', file(name), ...more], epoch);

  before(async () => {
    vendor = await startRegistry();
    folder = await makeTemporaryFolder('delta');
    repository = new RawRepository(vendor.host, 'app');
    const same = await repository.pushImage('same', [randomBytes(50_000)]);
    for (const [version, last] of [
      ['1.0.0', layers.at(-1)],
      ['2.0.0', changed],
    ] as const) {
      const image = await repository.pushImage(`image-${version}`, [...layers.slice(0, -1), last ?? changed]);
      await repository.pushBundle(version, [`${vendor.host}/app@${image}`, `${vendor.host}/app@${same}`]);
    }
  });
  after(async () => {
    await vendor?.stop();
    await folder?.remove();
  });

  test('an inventory lists every tag, manifest and blob, and has the same bytes each time', async () => {
    const { kind, time, places } = await inventoryOf(`${vendor.host}/app`, 'vendor.json');
    assert.deepEqual([kind, time], ['Inventory', '2023-11-14T22:13:20Z']);
    const [place] = places;
    assert.equal(place?.place, `${vendor.host}/app`);
    assert.deepEqual(place.tags, Object.fromEntries(await repository.tags()));
    for (const layer of [...layers, changed]) assert.equal(place.blobs[sha256(layer)], 100_000);
    for (const digest of Object.values(place.tags)) {
      assert.equal(place.manifests[digest], (await repository.manifest(digest)).bytes.byteLength);
    }
    await inventoryOf(`${vendor.host}/app`, 'again.json');
    assert.deepEqual(await readFile(file('again.json')), await readFile(file('vendor.json')));
    const { stdout } = await carvelAirgap(['inventory', `${vendor.host}/app`, '-o', file('j.json'), '--json'], {
      env: epoch,
    });
    assert.equal((JSON.parse(stdout) as { digest: string }).digest, sha256(await readFile(file('vendor.json'))));
  });

  test('an inventory of nothing, or of a damaged tar, is refused, and no file is written', async () => {
    const none = await carvelAirgap(['inventory', `${vendor.host}/none`, '-o', file('none.json')]);
    assert.equal(none.code, 1);
    assert.match(none.stderr, /none/);
    await exported('1.0.0', 'cut.tar');
    await writeFile(file('cut.tar'), (await readFile(file('cut.tar'))).subarray(0, 1_000_000));
    const cut = await carvelAirgap(['inventory', file('cut.tar'), '-o', file('none.json')]);
    assert.equal(cut.code, 1);
    await assert.rejects(stat(file('none.json')), { code: 'ENOENT' });
  });

  for (const base of ['tar', 'inventory of the tar', 'inventory of the destination', 'repository'] as const) {
    test(`a delta since: ${base}, has only what is new, and is imported where the base is`, async (context) => {
      const inside = await startRegistry();
      context.after(() => inside.stop());
      const to = `${inside.host}/apps/app`;
      await exported('1.0.0', 'v1.tar');
      await run(['copy', '--tar', file('v1.tar'), '--to-repo', to]);
      if (base.startsWith('inventory')) await inventoryOf(base.endsWith('tar') ? file('v1.tar') : to, 'base.json');
      const since = base === 'tar' ? file('v1.tar') : base === 'repository' ? to : file('base.json');
      await rm(file('delta.tar'), { force: true });
      await exported('2.0.0', 'delta.tar', '--since', since);
      const [full, delta] = [(await stat(file('v1.tar'))).size, (await stat(file('delta.tar'))).size];
      assert.ok(delta < 120_000 && full > 2_000_000, `${delta} of ${full}`);
      await run(['verify', file('delta.tar')]);
      await run(['copy', '--tar', file('delta.tar'), '--to-repo', to]);
      const inRegistry = new RawRepository(inside.host, 'apps/app');
      assert.equal(await inRegistry.digest('2.0.0'), await repository.digest('2.0.0'));
      assert.deepEqual(await inRegistry.blob(sha256(changed)), changed);
      const pulled = await imgpkg(['describe', '-b', `${to}:2.0.0`]);
      assert.equal(pulled.code, 0, pulled.stderr);
    });
  }

  test('imgpkg imports a delta where the base is', async (context) => {
    const inside = await startRegistry();
    context.after(() => inside.stop());
    const to = `${inside.host}/apps/app`;
    await exported('1.0.0', 'v1.tar');
    await exported('2.0.0', 'delta.tar', '--since', file('v1.tar'), '--resume=false');
    const first = await imgpkg(['copy', '--tar', file('v1.tar'), '--to-repo', to]);
    assert.equal(first.code, 0, first.stderr);
    const second = await imgpkg(['copy', '--tar', file('delta.tar'), '--to-repo', to]);
    assert.equal(second.code, 0, second.stderr);
    assert.equal(await new RawRepository(inside.host, 'apps/app').digest('2.0.0'), await repository.digest('2.0.0'));
  });

  test('a delta without its base is refused before anything is written, and names what is missing', async (context) => {
    const inside = await startRegistry({ accessLog: true });
    context.after(() => inside.stop());
    await exported('1.0.0', 'v1.tar');
    await exported('2.0.0', 'delta.tar', '--since', file('v1.tar'), '--resume=false');
    const refused = await carvelAirgap(['copy', '--tar', file('delta.tar'), '--to-repo', `${inside.host}/app`]);
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /delta\.tar omits layers that \S+\/app does not have \(20, \S+ \S+\)/);
    assert.match(refused.stderr, /delta since v1\.tar \(export 1, sha256:[0-9a-f]{64}\)/);
    // Without the export manifest the layers are still missing, but nobody knows of which base.
    await rm(file('delta.tar.export.json'));
    const unnamed = await carvelAirgap(['copy', '--tar', file('delta.tar'), '--to-repo', `${inside.host}/app`]);
    assert.equal(unnamed.code, 1);
    assert.match(unnamed.stderr, /delta\.tar lacks layers that \S+\/app does not have either \(20, /);
    const methods = (await inside.requests()).map(({ method }) => method);
    assert.deepEqual([...new Set(methods)].sort(), ['GET', 'HEAD']);
  });

  test('deltas build on each other, and a skipped one is noticed', async (context) => {
    const inside = await startRegistry({ accessLog: true });
    context.after(() => inside.stop());
    const to = `${inside.host}/app`;
    const third = await repository.pushImage('image-3.0.0', [...layers.slice(0, -2), changed, randomBytes(100_000)]);
    await repository.pushBundle('3.0.0', [`${vendor.host}/app@${third}`]);
    await exported('1.0.0', 'v1.tar');
    await exported('2.0.0', 'd2.tar', '--since', file('v1.tar'));
    await exported('3.0.0', 'd3.tar', '--since', file('d2.tar'));
    const { sequence, base } = JSON.parse(await readFile(file('d3.tar.export.json'), 'utf8')) as {
      sequence: number;
      base: { name: string; sequence: number; digest: string };
    };
    assert.deepEqual([sequence, base.name, base.sequence], [3, 'd2.tar', 2]);
    assert.equal(base.digest, sha256(await readFile(file('d2.tar.export.json'))));
    await run(['copy', '--tar', file('v1.tar'), '--to-repo', to]);
    const skipped = await carvelAirgap(['copy', '--tar', file('d3.tar'), '--to-repo', to]);
    assert.equal(skipped.code, 1);
    assert.ok(skipped.stderr.includes(sha256(changed)) && skipped.stderr.includes('d2.tar (export 2'), skipped.stderr);
    await run(['copy', '--tar', file('d2.tar'), '--to-repo', to]);
    await run(['copy', '--tar', file('d3.tar'), '--to-repo', to]);
    assert.equal(await new RawRepository(inside.host, 'app').digest('3.0.0'), await repository.digest('3.0.0'));
  });

  test('a receipt says what arrived, is the base of the next delta, and refuses replays and gaps', async (context) => {
    const inside = await startRegistry();
    context.after(() => inside.stop());
    const to = ['--to-repo', `${inside.host}/apps/app`];
    await exported('1.0.0', 'v1.tar');
    await run(['copy', '--tar', file('v1.tar'), ...to, '--receipt', file('r1.json')], epoch);
    const receipt = JSON.parse(await readFile(file('r1.json'), 'utf8')) as {
      source: string;
      export: { sequence: number; digest: string };
      images: object;
      tags: string[];
      failed: string[];
      inventory: InventoryFile;
    };
    assert.deepEqual([receipt.source, receipt.export.sequence], ['v1.tar', 1]);
    assert.equal(receipt.export.digest, sha256(await readFile(file('v1.tar.export.json'))));
    assert.deepEqual(receipt.images, { total: 3, copied: 3, present: 0 });
    assert.deepEqual([receipt.tags, receipt.failed], [['1.0.0'], []]);
    for (const layer of layers) assert.equal(receipt.inventory.places[0]?.blobs[sha256(layer)], 100_000);

    await exported('2.0.0', 'd2.tar', '--since', file('r1.json'), '--resume=false');
    assert.ok((await stat(file('d2.tar'))).size < 120_000);
    await run(
      ['copy', '--tar', file('d2.tar'), ...to, '--after', file('r1.json'), '--receipt', file('r2.json')],
      epoch,
    );
    const refused = async (name: string, after: string, expected: RegExp): Promise<void> => {
      const { code, stderr } = await carvelAirgap(['copy', '--tar', file(name), ...to, '--after', file(after)]);
      assert.equal(code, 1);
      assert.match(stderr, expected);
    };
    await refused('d2.tar', 'r2.json', /d2\.tar is export 2, but export 2 of .* has already been imported/);
    await refused('v1.tar', 'r2.json', /v1\.tar is export 1, but export 2 of/);
    await exported('2.0.0', 'd3.tar', '--since', file('d2.tar'), '--resume=false');
    await refused('d3.tar', 'r1.json', /d3\.tar is export 3 since d2\.tar, which does not follow export 1/);
    await rm(file('d3.tar.export.json'));
    await refused('d3.tar', 'r2.json', /d3\.tar has no export manifest/);
    const misused = await carvelAirgap(['copy', '-b', `${vendor.host}/app:1.0.0`, ...to, '--receipt', file('r.json')]);
    assert.match(misused.stderr, /Cannot use --receipt without --tar and --to-repo/);
  });

  test('the plan says how large the tar is with and without the base', async () => {
    await exported('1.0.0', 'v1.tar');
    const copy = ['copy', '-b', `${vendor.host}/app:2.0.0`, '--to-tar', file('new.tar')];
    const planned = await carvelAirgap([...copy, '--since', file('v1.tar'), '--plan']);
    assert.match(planned.stdout, /Disk needed for the tar: 1\d\d\.\d kB \(2\.\d MB without --since\)/);
    assert.match(planned.stdout, /Delta since v1\.tar \(sha256:/);
  });

  test('a base that is not readable is refused with its name, before anything is written', async () => {
    const copy = (since: string) =>
      carvelAirgap(['copy', '-b', `${vendor.host}/app:2.0.0`, '--to-tar', file('never.tar'), '--since', since]);
    await writeFile(file('cut.json'), '{"kind":"Inventory","version":1,"pla');
    await writeFile(file('other.json'), '{"kind":"BundleLock"}');
    for (const [since, expected] of [
      [file('cut.json'), /cut\.json is not valid: .*cut off/],
      [file('other.json'), /other\.json is not valid: kind: expected Inventory/],
      [file('missing.json'), /missing\.json/],
    ] as const) {
      const { code, stderr } = await copy(since);
      assert.equal(code, 1);
      assert.match(stderr, expected);
    }
    await assert.rejects(stat(file('never.tar')), { code: 'ENOENT' });
  });

  test('an export manifest of another tar is refused', async () => {
    await exported('1.0.0', 'v1.tar');
    await exported('2.0.0', 'v2.tar');
    await copyFile(file('v1.tar.export.json'), file('v2.tar.export.json'));
    const { code, stderr } = await carvelAirgap(['describe', file('v2.tar')]);
    assert.equal(code, 1);
    assert.match(stderr, /v2\.tar\.export\.json does not describe \S+v2\.tar/);
    // As the base of a delta it would claim layers that the other side does not have.
    const base = ['-b', `${vendor.host}/app:2.0.0`, '--to-tar', file('wrong.tar'), '--since', file('v2.tar')];
    const delta = await carvelAirgap(['copy', ...base]);
    assert.equal(delta.code, 1);
    assert.match(delta.stderr, /does not describe \S+v2\.tar/);
    await assert.rejects(stat(file('wrong.tar')), { code: 'ENOENT' });
  });
});
