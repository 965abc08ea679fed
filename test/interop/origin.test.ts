// A tar crosses the gap: whoever imports it must not need, nor ask, the registry that it came from.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';

import { carvelAirgap } from '../support/cli.ts';
import { imgpkg } from '../support/imgpkg.ts';
import { makeTemporaryFolder } from '../support/lifetime.ts';
import { RawRepository } from '../support/raw-registry.ts';
import { startRegistry } from '../support/registry.ts';
import { push } from './artifact.ts';
import { pushByImgpkg } from './bundles.ts';
import { ImageMaker } from './images.ts';
import { Random } from './random.ts';

test('importing a tar opens no connection to its origin', async (context) => {
  const folder = await makeTemporaryFolder('origin');
  context.after(() => folder.remove());
  const inside = await startRegistry({ foreignLayers: true });
  context.after(() => inside.stop());
  const origin = await startRegistry({ foreignLayers: true });
  const tar = join(folder.path, 'bundle.tar');
  try {
    const [images, bundles] = [new RawRepository(origin.host, 'images'), new RawRepository(origin.host, 'bundles')];
    const maker = new ImageMaker(new Random(1), `http://${origin.host}/foreign/layer`);
    const entries = [maker.image('docker'), maker.foreign('oci'), maker.index(2), maker.helmChart()].map(
      (artifact) => ({
        name: `${images.name}@${artifact.digest}`,
        artifact,
        gone: false,
      }),
    );
    for (const { artifact } of entries) await push(images, artifact);
    await pushByImgpkg(bundles, 'v1', { entries, annotated: true, files: {} });
    const { code, stderr } = await imgpkg(['copy', '-b', `${bundles.name}:v1`, '--to-tar', tar]);
    assert.equal(code, 0, stderr);
  } finally {
    await origin.stop();
  }

  // In the origin's place: whoever knocks is counted.
  let connections = 0;
  const listener = createServer((socket) => {
    connections++;
    socket.destroy();
  });
  await once(listener.listen(Number(origin.host.split(':')[1]), '127.0.0.1'), 'listening');
  context.after(() => listener.close());
  const { code, stderr } = await carvelAirgap(['copy', '--tar', tar, '--to-repo', `${inside.host}/imported`]);
  assert.equal(code, 0, stderr);
  assert.equal(connections, 0);

  const tags = await new RawRepository(inside.host, 'imported').tags();
  assert.ok(tags.has('v1'));
});
