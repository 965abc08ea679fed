// The same input gives the same bytes, however many blobs are copied at once, and whatever their order.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';

import { carvelAirgap } from '../support/cli.ts';
import { makeTemporaryFolder } from '../support/lifetime.ts';
import { RawRepository, sha256 } from '../support/raw-registry.ts';
import { startRegistry } from '../support/registry.ts';

test('tars, volumes, layouts, export manifests, inventories and receipts have the same bytes each time', async (context) => {
  const registry = await startRegistry();
  context.after(() => registry.stop());
  const folder = await makeTemporaryFolder('same-bytes');
  context.after(() => folder.remove());
  const repository = new RawRepository(registry.host, 'app');
  const layers = Array.from({ length: 12 }, (_, index) => randomBytes(20_000 + 30_000 * index));
  const old = await repository.pushImage('old', layers.slice(0, 6));
  await repository.pushBundle('1.0.0', [`${registry.host}/app@${old}`]);
  const image = await repository.pushImage('image', layers);
  await repository.pushBundle('2.0.0', [`${registry.host}/app@${image}`, `${registry.host}/app@${old}`]);

  const written: Record<string, string>[] = [];
  for (const concurrency of ['1', '12']) {
    const place = join(folder.path, concurrency);
    await mkdir(place);
    const file = (name: string) => join(place, name);
    const run = async (...args: string[]): Promise<void> => {
      const { code, stderr } = await carvelAirgap(args, { env: { SOURCE_DATE_EPOCH: '1700000000' } });
      assert.equal(code, 0, stderr);
    };
    const copy = (version: string, ...to: string[]) =>
      run('copy', '-b', `${registry.host}/app:${version}`, ...to, '--concurrency', concurrency);
    await copy('1.0.0', '--to-tar', file('old.tar'));
    await copy('2.0.0', '--to-tar', file('new.tar'));
    await copy('2.0.0', '--to-tar', file('delta.tar'), '--since', file('old.tar'));
    await copy('2.0.0', '--to-tar', file('set.tar'), '--volume-size', '300kB');
    await copy('2.0.0', '--to-oci', file('layout'));
    await copy('2.0.0', '--to-oci', file('layout.tar'));
    await run('inventory', `${registry.host}/app`, file('new.tar'), file('layout'), '-o', file('inventory.json'));
    // The second import finds everything, so that both times the receipt says the same.
    const to = `${registry.host}/copy`;
    await run('copy', '--tar', file('new.tar'), '--to-repo', to, '--concurrency', concurrency);
    await run('copy', '--tar', file('new.tar'), '--to-repo', to, '--receipt', file('receipt.json'));
    written.push(await contentOf(place));
  }
  const [once = {}, again] = written;
  assert.deepEqual(again, once);
  assert.ok(Object.keys(once).length > 30, Object.keys(once).join(' '));
});

/** Every file below a folder with the digest of its content. */
async function contentOf(folder: string): Promise<Record<string, string>> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = found.filter((each) => each.isFile()).map((each) => join(each.parentPath, each.name));
  const entries: [string, string][] = [];
  for (const path of files.sort()) entries.push([path.slice(folder.length + 1), sha256(await readFile(path))]);
  return Object.fromEntries(entries);
}
