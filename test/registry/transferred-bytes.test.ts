// What a relocation reports of its transfer: the bytes on both sides, and the blobs in transit.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { anonymous } from '../../src/oci/auth/credentials.ts';
import type { RelocationProgress } from '../../src/relocation/events.ts';
import { InProcessEngine } from '../../src/relocation/in-process-engine.ts';
import type { RelocationRequest } from '../../src/relocation/request/request.ts';
import { type FaultProxy, startFaultProxy } from '../support/fault-proxy.ts';
import { makeTemporaryFolder, type TemporaryFolder } from '../support/lifetime.ts';
import { RawRepository } from '../support/raw-registry.ts';
import { type Registry, startRegistry } from '../support/registry.ts';

const LAYERS = 8;
const SIZE = 1_000_000;
/** With the config. */
const TOTAL = LAYERS * SIZE;
const CONFIG = 10_000;

describe('the progress of a relocation', () => {
  let vendor: Registry;
  let inside: Registry;
  let line: FaultProxy;
  let folder: TemporaryFolder;

  before(async () => {
    [vendor, inside] = await Promise.all([startRegistry(), startRegistry()]);
    line = await startFaultProxy(vendor);
    folder = await makeTemporaryFolder('transferred');
    const layers = Array.from({ length: LAYERS }, () => randomBytes(SIZE));
    await new RawRepository(vendor.host, 'app').pushImage('v1', layers);
  });
  after(async () => {
    await line?.stop();
    await folder?.remove();
    await Promise.all([vendor?.stop(), inside?.stop()]);
  });

  async function run(request: RelocationRequest): Promise<readonly RelocationProgress[]> {
    const engine = new InProcessEngine({
      connection: { concurrency: 2 },
      credentials: anonymous,
      stateFolder: undefined,
      progressInterval: 0,
    });
    const { signal } = new AbortController();
    const seen: RelocationProgress[] = [];
    const planned = await engine.plan(request, { signal, depth: 'run' });
    await planned.run({
      signal,
      onEvent: (event) => {
        if (event.type === 'progress') seen.push(event.progress);
      },
    });
    return seen;
  }

  /** What is read and sent in the end; configs are read when planning. */
  function assertTotals({ bytesRead, bytesSent }: Partial<RelocationProgress> = {}, again = 0): void {
    assert.ok(bytesRead !== undefined && bytesRead >= TOTAL + again, `${bytesRead} read`);
    assert.ok(bytesRead <= TOTAL + again + CONFIG, `${bytesRead} read`);
    assert.ok(bytesSent !== undefined && bytesSent >= TOTAL && bytesSent <= TOTAL + CONFIG, `${bytesSent} sent`);
  }

  test('counts what is read and sent, and lists the blobs in transit and in turn', async () => {
    line.arm([]);
    const source = { kind: 'image' as const, reference: `${line.host}/app:v1` };
    const seen = await run({ source, destination: { kind: 'repository', repository: `${inside.host}/one` } });
    assertTotals(seen.at(-1));
    for (const { transfers, blobsDone, blobsTotal } of seen) {
      const { active, activeCount, waiting } = transfers;
      assert.ok(activeCount <= 2 && active.length === activeCount, String(activeCount));
      assert.ok(blobsDone + activeCount + waiting.length <= blobsTotal);
      for (const { digest, image, size, done } of [...active, ...waiting]) {
        assert.match(digest, /^sha256:[0-9a-f]{64}$/);
        assert.ok(image.startsWith(`${line.host}/app@sha256:`), image);
        assert.ok(size <= SIZE && done >= 0 && done <= size, `${done} of ${size}`);
      }
    }
    const all = seen.map(({ transfers }) => transfers);
    assert.ok(all.some(({ active, waiting }) => active.length === 2 && waiting.length > 0));
    assert.ok(all.some(({ active }) => active.some(({ size, done }) => done > 0 && done < size)));
    assert.deepEqual(all.at(-1), { active: [], activeCount: 0, waiting: [] });
  });

  test('counts what is read again after a connection broke', async () => {
    // The registry sends the complete blob again to whoever does not get a part.
    const ask = { do: 'ask', change: (headers: IncomingHttpHeaders) => void delete headers.range } as const;
    const blobs = { method: 'GET', path: /\/blobs\// };
    line.arm([
      { ...blobs, skip: 2, action: { do: 'reset', afterAnswer: 700_000 } },
      { ...blobs, times: 1000, action: ask },
    ]);
    const source = { kind: 'image' as const, reference: `${line.host}/app:v1` };
    const seen = await run({ source, destination: { kind: 'repository', repository: `${inside.host}/two` } });
    const read = seen.at(-1)?.bytesRead ?? 0;
    assert.ok(read > TOTAL + 100_000, `${read} read`);
  });

  test('counts what is written to a tar and read from it', async () => {
    line.arm([]);
    const path = join(folder.path, 'app.tar');
    const source = { kind: 'image' as const, reference: `${line.host}/app:v1` };
    assertTotals((await run({ source, destination: { kind: 'archive', path } })).at(-1));
    const repository = `${inside.host}/three`;
    const seen = await run({ source: { kind: 'archive', path }, destination: { kind: 'repository', repository } });
    assertTotals(seen.at(-1));
  });
});
