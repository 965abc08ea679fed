// A relocation in two attempts: what each says that it has brought is what the registry got from it, and adds up.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';

import type { Transferred, RelocationListener } from '../../src/relocation/events.ts';
import { engines } from '../support/engines.ts';
import { type FaultProxy, startFaultProxy } from '../support/fault-proxy.ts';
import { RawRepository, sha256 } from '../support/raw-registry.ts';
import { type Registry, startRegistry } from '../support/registry.ts';

const nothing: Transferred = { copied: 0, mounted: 0, bytes: 0 };

describe('a relocation in two attempts', () => {
  let vendor: Registry;
  let inside: Registry;
  let from: FaultProxy;
  let to: FaultProxy;
  const late = randomBytes(600_000);
  const small = Array.from({ length: 4 }, () => randomBytes(50_000));

  before(async () => {
    vendor = await startRegistry();
    inside = await startRegistry();
    from = await startFaultProxy(vendor);
    to = await startFaultProxy(inside);
    const app = new RawRepository(vendor.host, 'app');
    const images = [await app.pushImage('first', small), await app.pushImage('second', [late, ...small.slice(0, 2)])];
    await app.pushBundle(
      '1.0.0',
      images.map((digest) => `${from.host}/app@${digest}`),
    );
  });
  after(async () => {
    await from?.stop();
    await to?.stop();
    await inside?.stop();
    await vendor?.stop();
  });

  for (const [name, make] of engines) {
    test(`counts each blob in the one that completed it (${name})`, { timeout: 60_000 }, async () => {
      const engine = make();
      const destination = `${to.host}/${name.replaceAll(' ', '-')}`;
      const request = {
        source: { kind: 'bundle' as const, reference: `${from.host}/app:1.0.0` },
        destination: { kind: 'repository' as const, repository: destination },
      };
      let brought = nothing;
      const attempt = async (signal: AbortSignal) => {
        brought = nothing;
        const onEvent: RelocationListener = (event) => {
          if (event.type === 'progress') ({ brought } = event.progress);
        };
        const planned = await engine.plan(request, { signal, onEvent, depth: 'ask' });
        const report = await planned.run({ signal, onEvent }).catch(() => undefined);
        return { totals: planned.view.totals, report, brought };
      };
      to.arm([]);
      const sent = (): string[] =>
        to.passed.flatMap(({ method, path, status }) =>
          method === 'PUT' && status === 201 ? (/[?&]digest=([^&]+)/.exec(path)?.[1] ?? []) : [],
        );

      from.arm([{ method: 'GET', path: new RegExp(sha256(late)), action: { do: 'stall', afterAnswer: 100_000 } }]);
      const stop = new AbortController();
      const running = attempt(stop.signal);
      // All but the large layer: two configs, the bundle's config and layer, and four small layers.
      // The registry has them a moment before the relocation has its answer, which a canceled one no longer reads.
      while (sent().length < 8 || brought.copied < 8) await pause(20);
      stop.abort();
      const first = await running;
      assert.equal(first.report, undefined);
      assert.deepEqual([first.brought.copied, first.brought.mounted], [8, 0]);

      from.arm([]);
      const second = await attempt(new AbortController().signal);
      engine.dispose();
      assert.deepEqual([second.brought.copied, second.report?.blobs.copied], [1, 1]);
      // Two more are those of the locations image, which belong to no plan.
      assert.equal(new Set(sent()).size, 9 + 2);
      assert.equal(sent().length, 9 + 2);
      assert.equal(first.totals.blobsToCopy, 9);
      assert.equal(first.brought.bytes + second.brought.bytes, first.totals.bytesToCopy);
    });
  }
});
