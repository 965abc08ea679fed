// The engine's process, with the built bundle and real registries: how it stands to the one that started it, and its death.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomFillSync } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { getPriority } from 'node:os';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { anonymous } from '../../src/oci/auth/credentials.ts';
import { EngineProcess } from '../../src/relocation/process/engine-process.ts';
import type { RelocationRequest } from '../../src/relocation/request/request.ts';
import { RawRepository } from '../support/raw-registry.ts';
import { startRegistry, type Registry } from '../support/registry.ts';

const modulePath = fileURLToPath(new URL('../../dist/engine.cjs', import.meta.url));

describe('the engine process', () => {
  let source: Registry;
  let destination: Registry;
  let request: RelocationRequest;
  const { signal } = new AbortController();

  before(async () => {
    [source, destination] = [await startRegistry(), await startRegistry()];
    const layers = [1, 2, 3, 4].map(() => randomFillSync(Buffer.alloc(4_000_000)));
    await new RawRepository(source.host, 'apps/app').pushImage('v1', layers);
    request = {
      source: { kind: 'image', reference: `${source.host}/apps/app:v1` },
      destination: { kind: 'repository', repository: `${destination.host}/apps/app` },
    };
  });
  after(async () => {
    await source.stop();
    await destination.stop();
  });

  async function withEngine(work: (engine: EngineProcess, child: () => Promise<number>) => Promise<void>) {
    const registries = await children();
    const engine = new EngineProcess({
      modulePath,
      connection: () => ({}),
      credentials: anonymous,
      log: console.error,
    });
    const child = async () => {
      const [pid, ...more] = (await children()).filter((each) => !registries.includes(each));
      assert.ok(pid !== undefined && more.length === 0, 'there is one process of the engine');
      return pid;
    };
    try {
      await work(engine, child);
    } finally {
      engine.dispose();
    }
  }

  it('has a lower priority than its parent', async () => {
    await withEngine(async (engine, child) => {
      const planned = await engine.plan(request, { depth: 'run', signal });
      assert.ok(getPriority(await child()) > getPriority());
      assert.equal(await sessionOf(await child()), await child());
      await planned.close();
    });
  });

  it('ends with its parent, however that ends', { timeout: 60_000 }, async () => {
    const script = `
      import { EngineProcess } from ${JSON.stringify(new URL('../../src/relocation/process/engine-process.ts', import.meta.url).href)};
      const credentials = () => Promise.resolve(undefined);
      const engine = new EngineProcess({ modulePath: process.argv[1], connection: () => ({}), credentials, log: console.error });
      engine.limitBandwidth(50_000);
      const { signal } = new AbortController();
      const planned = await engine.plan(JSON.parse(process.argv[2]), { depth: 'run', signal });
      await planned.run({ signal, onEvent: ({ type }) => type === 'progress' && console.log(type) });`;
    const args = ['--input-type=module', '-e', script, modulePath, JSON.stringify(request)];
    const host = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(host.stdout, 'data');
    const [engine = Number.NaN] = await children(host.pid);
    assert.equal(await sessionOf(engine), engine);
    host.kill('SIGKILL');
    while (isThere(engine)) await delay(50);
  });

  it('reports when it is killed, and is started again for the next relocation', async () => {
    await withEngine(async (engine, child) => {
      const [running, waiting] = [
        await engine.plan(request, { depth: 'run', signal }),
        await engine.plan(request, { depth: 'run', signal }),
      ];
      const pid = await child();
      const ended = { code: 'relocation.engine-ended' };
      engine.limitBandwidth(500_000);
      const onEvent = ({ type }: { type: string }) => type === 'progress' && process.kill(pid, 'SIGKILL');
      await assert.rejects(running.run({ signal, onEvent: (event) => void onEvent(event) }), ended);
      engine.limitBandwidth(undefined);
      const again = await engine.plan(request, { depth: 'run', signal });
      // What the dead one had planned has gone with it.
      await assert.rejects(waiting.run({ signal }), ended);
      const { images } = await again.run({ signal });
      assert.equal(images.copied + images.present, 1);
    });
  });
});

/** The processes that one has started and that are there (proc_pid_task_children(5)). */
async function children(pid = process.pid): Promise<number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return text.trim().split(' ').map(Number);
}

/** The sixth field (proc_pid_stat(5)); the second is a name in brackets, which may hold anything. */
async function sessionOf(pid: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8');
  return Number(text.slice(text.lastIndexOf(')') + 2).split(' ')[3]);
}

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
