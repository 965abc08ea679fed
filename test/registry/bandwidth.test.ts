// A limit to the bandwidth, one for all relocations of an engine, and its change while they run. Needs a build.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import type { RelocationDestinationSpec } from '../../src/relocation/request/request.ts';
import { carvelAirgap } from '../support/cli.ts';
import { engines, type TestEngine } from '../support/engines.ts';
import { makeTemporaryFolder, type TemporaryFolder } from '../support/lifetime.ts';
import { RawRepository, sha256 } from '../support/raw-registry.ts';
import { type Registry, startRegistry } from '../support/registry.ts';

const KIB = 1024;
/** Bytes of the largest piece in which a blob comes from a registry. */
const PIECE = 64 * KIB;

describe('a bandwidth limit', () => {
  let vendor: Registry;
  let inside: Registry;
  let folder: TemporaryFolder;
  let image: RawRepository;
  /** Both lanes: large and small blobs. */
  const layers = [1024, 512, 100, 100, 100, 10].map((size) => randomBytes(size * KIB));

  before(async () => {
    vendor = await startRegistry();
    inside = await startRegistry();
    folder = await makeTemporaryFolder('bandwidth');
    image = new RawRepository(vendor.host, 'apps/app');
    await image.pushImage('v1', layers);
  });
  after(async () => {
    await folder?.remove();
    await inside?.stop();
    await vendor?.stop();
  });

  /** A copy, and how many bytes of it went so far. */
  async function copy(engine: TestEngine, destination: RelocationDestinationSpec) {
    const { signal } = new AbortController();
    const source = { kind: 'image' as const, reference: `${image.name}:v1` };
    const planned = await engine.plan({ source, destination }, { signal, depth: 'run' });
    const state = { bytes: 0, isDone: false };
    const report = planned.run({
      signal,
      onEvent: (event) => event.type === 'progress' && (state.bytes = event.progress.bytesDone),
    });
    const done = report.then((result) => {
      state.isDone = true;
      return result;
    });
    return { state, done };
  }

  for (const [name, make] of engines) {
    test(`limits all copies of an engine together, and releases them when it is removed, ${name}`, async () => {
      const [limited, free] = [make(), make()];
      try {
        const to = (path: string) => ({
          kind: 'repository' as const,
          repository: `${inside.host}/${path}-${name.length}`,
        });
        // Told before there is a process.
        limited.limitBandwidth(1);
        const tar = join(folder.path, `${name}.tar`);
        const copies = [
          await copy(limited, to('limited/one')),
          await copy(limited, to('limited/two')),
          await copy(limited, { kind: 'archive', path: tar }),
        ];
        // What is not limited is done several times over in the meantime.
        for (const path of ['free/one', 'free/two', 'free/three']) await (await copy(free, to(path))).done;
        const bytes = copies.reduce((sum, { state }) => sum + state.bytes, 0);
        assert.ok(bytes <= PIECE, `${bytes} bytes went`);
        assert.ok(copies.every(({ state }) => !state.isDone));
        limited.limitBandwidth(undefined);
        for (const { done } of copies) await done;
        const arrived = new RawRepository(inside.host, to('limited/two').repository.slice(inside.host.length + 1));
        for (const layer of layers) assert.ok((await arrived.blob(sha256(layer))).equals(layer));
        assert.ok((await readFile(tar)).byteLength > 1024 * KIB);
      } finally {
        limited.dispose();
        free.dispose();
      }
    });
  }

  test('on the command line does not slow down a copy below it', async () => {
    const args = ['copy', '-i', `${image.name}:v1`, '--to-repo', `${inside.host}/cli/limited`];
    const { code, stderr } = await carvelAirgap([...args, '--bandwidth-limit=100MiB']);
    assert.equal(code, 0, stderr);
  });

  test('on the command line slows down a copy', async () => {
    const args = ['copy', '-i', `${image.name}:v1`, '--to-repo', `${inside.host}/cli/held`];
    const controller: { kill?: (signal: NodeJS.Signals) => void } = {};
    const held = carvelAirgap([...args, '--bandwidth-limit=1'], { started: (kill) => (controller.kill = kill) });
    for (const path of ['cli/one', 'cli/two', 'cli/three']) {
      const free = await carvelAirgap([...args.slice(0, -1), `${inside.host}/${path}`]);
      assert.equal(free.code, 0, free.stderr);
    }
    controller.kill?.('SIGINT');
    assert.equal((await held).code, 1);
    assert.match((await held).stderr, /Canceled/);
  });
});
