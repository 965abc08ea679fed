import assert from 'node:assert/strict';
import { randomFillSync } from 'node:crypto';
import { join } from 'node:path';

import { carvelAirgap } from '../test/support/cli.ts';
import { type FaultProxy, startFaultProxy } from '../test/support/fault-proxy.ts';
import { makeTemporaryFolder } from '../test/support/lifetime.ts';
import { RawRepository } from '../test/support/raw-registry.ts';
import { type RegistryProgram, startRegistry } from '../test/support/registry.ts';
import { runCopier } from './copiers.ts';
import type { Tool } from './tools.ts';

export type Way = 'relocation' | 'export';

/** Bytes of layers, as they passed the proxies before the registries. */
export interface Repeated {
  /** What had been sent, or for an export read, when it was killed. */
  readonly at: number;
  readonly readAgain: number;
  readonly sentAgain: number;
}

/** Kills a copy of `size` bytes in so many layers when half of them have passed, starts it again, and counts. */
export async function killAndResume(options: {
  registry: RegistryProgram;
  way: Way;
  size: number;
  layers: number;
  /** Others than ours know no export. */
  copier?: Tool;
}): Promise<Repeated> {
  const { registry: program, way, size, layers, copier = 'ours' } = options;
  const [source, destination] = [await startRegistry({ program }), await startRegistry({ program })];
  const [from, to] = [await startFaultProxy(source), await startFaultProxy(destination)];
  const folder = await makeTemporaryFolder('killed');
  try {
    const content = Array.from({ length: layers }, () => randomFillSync(Buffer.alloc(size / layers)));
    const digest = await new RawRepository(source.host, 'apps/app').pushImage('v1', content);
    const tar = join(folder.path, 'app.tar');
    const image = { from: `${from.host}/apps/app:v1`, to: `${to.host}/apps/app` };
    const copy = (started?: (kill: () => void) => void) =>
      way === 'relocation'
        ? runCopier(copier, image, folder.path, started)
        : carvelAirgap(['copy', '-i', image.from, '--to-tar', tar], {
            env: { XDG_STATE_HOME: folder.path },
            ...(started ? { started: (kill) => started(() => kill('SIGKILL')) } : {}),
          });
    const read = () => bytesOf(from, 'GET', 'received');
    const sent = () => bytesOf(to, 'PATCH', 'sent') + bytesOf(to, 'PUT', 'sent');
    const passed = way === 'export' ? read : sent;
    const first = await copy((kill) => {
      const timer = setInterval(() => {
        if (passed() < size / 2) return;
        clearInterval(timer);
        kill();
      }, 5);
    });
    assert.equal(first.code, null, `it ended before it was killed: ${first.stderr}`);
    const at = passed();
    const second = await copy();
    assert.equal(second.code, 0, second.stderr);
    if (way === 'export') assert.equal((await carvelAirgap(['verify', tar])).code, 0);
    else assert.equal(await new RawRepository(destination.host, 'apps/app').digest('v1'), digest);
    return { at, readAgain: read() - size, sentAgain: sent() - size };
  } finally {
    await folder.remove();
    for (const part of [from, to, source, destination]) await part.stop();
  }
}

function bytesOf(proxy: FaultProxy, method: string, direction: 'sent' | 'received'): number {
  return proxy.passed
    .filter((each) => each.method === method && /\/blobs\//.test(each.path))
    .reduce((sum, each) => sum + each[direction], 0);
}
