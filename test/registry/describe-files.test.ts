// What files of exports and imports say about themselves; OCI image layouts wherever a tar is accepted.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { carvelAirgap } from '../support/cli.ts';
import { makeTemporaryFolder, type TemporaryFolder } from '../support/lifetime.ts';
import { RawRepository, sha256 } from '../support/raw-registry.ts';
import { type Registry, startRegistry } from '../support/registry.ts';

describe('files of exports and imports', () => {
  let registry: Registry;
  let folder: TemporaryFolder;
  let bundle = '';
  let to = '';
  const layers = Array.from({ length: 3 }, () => randomBytes(100_000));
  const file = (name: string) => join(folder.path, name);
  const env = { SOURCE_DATE_EPOCH: '1700000000' };

  async function run(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await carvelAirgap(args, { env });
    assert.equal(code, 0, stderr + stdout);
    return stdout;
  }
  async function fails(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await carvelAirgap(args, { env });
    assert.equal(code, 1, stdout);
    return stdout + stderr;
  }

  before(async () => {
    registry = await startRegistry();
    folder = await makeTemporaryFolder('describe-files');
    const repository = new RawRepository(registry.host, 'app');
    const image = await repository.pushImage('image', layers);
    await repository.pushBundle('1.0.0', [`${registry.host}/app@${image}`]);
    bundle = `${registry.host}/app:1.0.0`;
    to = `${registry.host}/copies/app`;
    await run('copy', '-b', bundle, '--to-tar', file('app.tar'));
    await run('copy', '--tar', file('app.tar'), '--to-repo', to, '--receipt', file('receipt.json'));
    await run('inventory', to, '-o', file('inventory.json'));
    await run('copy', '-b', bundle, '--to-tar', file('set.tar'), '--volume-size', '100kB');
    for (const name of ['layout', 'layout.tar']) await run('copy', '-b', bundle, '--to-oci', file(name));
  });
  after(async () => {
    await registry?.stop();
    await folder?.remove();
  });

  test('describe themselves: receipt, inventory, export manifest, tar, set of volumes', async () => {
    const digest = sha256(await readFile(file('receipt.json')));
    const receipt = await run('describe', file('receipt.json'));
    assert.ok(receipt.startsWith(`Receipt ${digest}\napp.tar (export 1 of 2023-11-14T22:13:20Z) imported to ${to}\n`));
    assert.match(receipt, /2 images: 2 copied, 0 already there, 0 failed\nTags: 1\.0\.0\n/);
    const inventory = await run('describe', file('inventory.json'));
    assert.match(inventory, /^Inventory sha256:[0-9a-f]{64}\nTaken 2023-11-14T22:13:20Z by carvel-airgap/);
    assert.match(inventory, /copies\/app: \d tags, \d manifests, \d+ blobs, 30\d\.\d kB/);
    assert.match(await run('describe', file('app.tar.export.json')), /^Export manifest sha256:.*\nExport 1 of 2023/);
    assert.match(await run('describe', file('app.tar')), /2 images, 1 of them a bundle.*\nExport 1 of 2023/);
    assert.match(await run('describe', file('set.tar.002')), /of them a bundle.*\n4 volumes, 3\d\d\.\d kB\nExport 1/);
    const json = JSON.parse(await run('describe', file('receipt.json'), '--json')) as Record<string, unknown>;
    assert.deepEqual([json['kind'], json['digest'], json['destination']], ['ReceiptDescription', digest, to]);
  });

  test('a set without one of its volumes names it', async () => {
    const bytes = await readFile(file('set.tar.003'));
    await rm(file('set.tar.003'));
    const text = await fails('describe', file('set.tar.sha256'));
    assert.match(text, /4 volumes, 2\d\d\.\d kB\nMissing: set\.tar\.003\nExport 1/);
    await writeFile(file('set.tar.003'), bytes);
  });

  test('JSON of another kind, and a file that is cut off, are refused', async () => {
    await writeFile(file('other.json'), '{"kind":"Pod"}');
    assert.match(
      await fails('describe', file('other.json')),
      /other\.json is JSON, but not an inventory, a receipt or/,
    );
    await writeFile(file('cut.json'), (await readFile(file('receipt.json'))).subarray(0, 300));
    assert.match(await fails('describe', file('cut.json')), /cut\.json is not valid: .*cut off/);
  });

  test('text of a file cannot control the terminal', async () => {
    const receipt = JSON.parse(await readFile(file('receipt.json'), 'utf8')) as Record<string, unknown>;
    const hostile = { ...receipt, source: 'a\u001b[2Jb\n', tags: ['\u0007tag'], failed: ['\u001b]0;title'] };
    await writeFile(file('hostile.json'), JSON.stringify(hostile));
    // eslint-disable-next-line no-control-regex -- what must not be there
    assert.doesNotMatch(await run('describe', file('hostile.json')), /[\u0000-\u0009\u000b-\u001f]/);
  });

  for (const layout of ['layout', 'layout.tar']) {
    test(`describe, verify and inventory accept an OCI image layout: ${layout}`, async () => {
      const described = JSON.parse(await run('describe', file(layout), '--json')) as { totals: object };
      const tar = JSON.parse(await run('describe', file('app.tar'), '--json')) as { totals: object };
      assert.deepEqual(described.totals, tar.totals);
      assert.match(await run('verify', file(layout)), /is valid: 2 images/);
      await run('inventory', file(layout), '-o', file('of-layout.json'));
      await run('inventory', file('app.tar'), '-o', file('of-tar.json'));
      const blobsIn = async (name: string): Promise<unknown> =>
        (JSON.parse(await readFile(file(name), 'utf8')) as { places: { blobs: unknown }[] }).places[0]?.blobs;
      assert.deepEqual(await blobsIn('of-layout.json'), await blobsIn('of-tar.json'));
    });

    test(`an OCI image layout is the base of a delta: ${layout}`, async () => {
      await run('copy', '-b', bundle, '--to-tar', file('delta.tar'), '--since', file(layout), '--resume=false');
      assert.ok((await readFile(file('delta.tar'))).byteLength < 20_000);
    });
  }

  test('a damaged, a missing and an unneeded blob of a layout are named', async () => {
    const [first, second] = layers.map((layer) => sha256(layer).replace('sha256:', ''));
    const blob = (hex = '') => file(join('damaged', 'blobs', 'sha256', hex));
    await run('copy', '-b', bundle, '--to-oci', file('damaged'));
    const extra = sha256(Buffer.from('extra')).replace('sha256:', '');
    await writeFile(blob(extra), 'extra');
    assert.match(await run('verify', file('damaged')), new RegExp(`extra .*blobs/sha256/${extra}`));
    const bytes = await readFile(blob(first));
    bytes.writeUInt8((bytes[0] ?? 0) ^ 1);
    await writeFile(blob(first), bytes);
    await rm(blob(second));
    const text = await fails('verify', file('damaged'));
    assert.match(text, new RegExp(`wrong digest .*blobs/sha256/${first}`));
    assert.match(text, new RegExp(`missing .*blobs/sha256/${second}`));
    await writeFile(file(join('damaged', 'index.json')), '{"schemaVersion":2,"manif');
    assert.match(await fails('verify', file('damaged')), /invalid .*index\.json/);
  });

  test('a delta cannot be written as an OCI image layout', async () => {
    const text = await fails('copy', '-b', bundle, '--to-oci', file('never'), '--since', file('app.tar'));
    assert.match(text, /Cannot use --since with --to-oci: other tools expect an OCI image layout to be complete/);
  });
});
