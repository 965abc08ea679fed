// A relocation that is paused several times under a bandwidth limit: nothing is transferred twice, and the progress
// shows exactly what was kept.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';

import { anonymous } from '../../src/oci/auth/credentials.ts';
import type { RelocationProgress } from '../../src/relocation/events.ts';
import { InProcessEngine } from '../../src/relocation/in-process-engine.ts';
import type { RelocationRequest } from '../../src/relocation/request/request.ts';
import { type CountingProxy, startCountingProxy } from '../support/counting-proxy.ts';
import { carvelAirgap } from '../support/cli.ts';
import { makeTemporaryFolder, type TemporaryFolder } from '../support/lifetime.ts';
import { startOlareg } from '../support/olareg.ts';
import { RawRepository, sha256 } from '../support/raw-registry.ts';
import { type Registry, startRegistry } from '../support/registry.ts';

const MIB = 1024 * 1024;
const LAYERS = 8;
const TOTAL = LAYERS * 2 * MIB;
/** Manifests and HTTP headers. */
const OVERHEAD = 0.02 * TOTAL;
/** Bytes per second: slow enough that a layer is sent in several requests. */
const LIMIT = 2 * MIB;
const PAUSES = 4;

const INSIDE = {
  'Distribution 2.8': () => startRegistry({ program: 'Distribution 2.8' }),
  'Distribution 3': () => startRegistry({ program: 'Distribution 3' }),
  olareg: () => startOlareg(),
};

describe('a relocation that is paused four times', () => {
  let vendor: Registry;
  let folder: TemporaryFolder;
  let image = '';
  const servers: { stop(): Promise<void> }[] = [];
  const layers = Array.from({ length: LAYERS }, () => randomBytes(TOTAL / LAYERS));

  before(async () => {
    vendor = await startRegistry();
    folder = await makeTemporaryFolder('pauses');
    await new RawRepository(vendor.host, 'apps/app').pushImage('v1', layers);
    image = `${vendor.host}/apps/app:v1`;
  });
  after(async () => {
    for (const server of servers) await server.stop();
    await folder?.remove();
    await vendor?.stop();
  });

  /** A registry, and a line to it that counts what is sent. */
  async function destination(start: () => Promise<Registry>): Promise<{ inside: Registry; line: CountingProxy }> {
    const inside = await start();
    servers.unshift(inside);
    const line = await startCountingProxy(inside.host);
    servers.unshift(line);
    return { inside, line };
  }

  /** Runs until `share` of everything was sent in this attempt, pauses, and returns the last progress. */
  async function attempt(request: RelocationRequest, share: number): Promise<RelocationProgress | undefined> {
    const engine = new InProcessEngine({
      connection: { concurrency: 2 },
      credentials: anonymous,
      stateFolder: folder.path,
    });
    engine.limitBandwidth(LIMIT);
    const { signal } = new AbortController();
    const pause = new AbortController();
    let last: RelocationProgress | undefined;
    const planned = await engine.plan(request, { signal, depth: 'run' });
    const running = planned.run({
      signal,
      pause: pause.signal,
      onEvent: (event) => {
        if (event.type !== 'progress') return;
        last = event.progress;
        if (last.bytesSent > share * TOTAL) pause.abort();
      },
    });
    if (share < 1) await assert.rejects(running, { name: 'AbortError' });
    else await running;
    return last;
  }

  /** @returns the bytes that the attempts say they have transferred */
  async function pauseAndResume(request: RelocationRequest): Promise<number> {
    let sum = 0;
    for (let number = 1; number <= PAUSES; number++) {
      const last = await attempt(request, 0.02);
      assert.ok((last?.bytesSent ?? 0) > 0, 'it was paused while it was copying');
      assert.equal(last?.bytesDone, last?.bytesKept, 'only what was kept is shown');
      sum += last?.bytesSent ?? 0;
    }
    return sum + ((await attempt(request, 1))?.bytesSent ?? 0);
  }

  function assertOnce(bytes: number): void {
    assert.ok(bytes >= TOTAL && bytes <= TOTAL + OVERHEAD, `${bytes} bytes in all attempts for ${TOTAL}`);
  }

  for (const [name, start] of Object.entries(INSIDE)) {
    test(`sends nothing twice to ${name}`, { timeout: 120_000 }, async () => {
      const { inside, line } = await destination(start);
      const repository = `${line.host}/app`;
      const source = { kind: 'image' as const, reference: image };
      assertOnce(await pauseAndResume({ source, destination: { kind: 'repository', repository } }));
      assertOnce(line.sent);
      const copied = new RawRepository(inside.host, 'app');
      for (const layer of layers) assert.ok((await copied.blob(sha256(layer))).equals(layer));
    });
  }

  test('writes nothing twice to a tar, and sends nothing of it twice', { timeout: 120_000 }, async () => {
    const path = join(folder.path, 'app.tar');
    const source = { kind: 'image' as const, reference: image };
    assertOnce(await pauseAndResume({ source, destination: { kind: 'archive', path } }));
    const { line } = await destination(startRegistry);
    const repository = `${line.host}/imported`;
    await pauseAndResume({ source: { kind: 'archive', path }, destination: { kind: 'repository', repository } });
    assertOnce(line.sent);
  });

  test('with Ctrl-C on the command line sends nothing twice', { timeout: 120_000 }, async () => {
    const { line } = await destination(startRegistry);
    const args = ['copy', '-i', image, '--to-repo', `${line.host}/app`, '--bandwidth-limit', String(LIMIT)];
    args.push('--concurrency', '2');
    const env = { XDG_STATE_HOME: folder.path };
    for (let number = 1; number <= PAUSES; number++) {
      const before = line.sent;
      const { code, stderr } = await carvelAirgap(args, {
        env,
        started: (kill) => {
          void (async () => {
            while (line.sent < before + 0.02 * TOTAL) await wait(20);
            kill('SIGINT');
          })();
        },
      });
      assert.equal(code, 1);
      assert.match(stderr, /Stopping when what is in transit has arrived\. Press Ctrl-C again to stop at once\./);
    }
    assert.equal((await carvelAirgap(args, { env })).code, 0);
    assertOnce(line.sent);
  });
});
