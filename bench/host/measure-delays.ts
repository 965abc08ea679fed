import { randomFillSync } from 'node:crypto';
import { join } from 'node:path';

import { newId } from '../../src/workbench/relocations/list/record-changes.ts';
import { RelocationStore } from '../../src/workbench/relocations/list/relocation-store.ts';
import { makeTemporaryFolder } from '../../test/support/lifetime.ts';
import { RawRepository } from '../../test/support/raw-registry.ts';
import { startRegistry } from '../../test/support/registry.ts';
import { inHost } from './in-host.ts';
import { startOutsideLoad } from './outside-load.ts';
import { LOADS, type Measured, type Plan, type Window } from './plan.ts';

/** How many relocations run at once where the settings say nothing. */
const AT_ONCE = 2;
const LAYERS = 4;

export interface DelayOptions {
  readonly rounds: number;
  readonly seconds: number;
  /** Bytes of each of the four layers of what is copied. */
  readonly layerSize: number;
  /** Bytes by second that no machine exceeds: so much is there to be relocated. */
  readonly mostRate: number;
}

/** In a fresh VS Code for each round: nothing, relocations by the extension, and copies by programs outside of it. */
export async function measureDelays({ rounds, seconds, layerSize, mostRate }: DelayOptions): Promise<Measured[]> {
  const home = await makeTemporaryFolder('home');
  const [source, destination] = [await startRegistry(), await startRegistry()];
  const bytes = LAYERS * layerSize;
  try {
    // An image for each relocation: what an engine has sent once, it mounts in the next repository.
    const count = Math.ceil((seconds * mostRate) / bytes) + AT_ONCE;
    await pushImages(source.host, count, layerSize);
    const image = { from: `${source.host}/bench/source-0:v1`, to: `${destination.host}/bench/outside` };
    const outside = await startOutsideLoad(image, AT_ONCE, bytes, home.path);
    try {
      const measured: Measured[] = [];
      for (let round = 0; round < rounds; round++) {
        const plan = async (userData: string): Promise<Plan> => {
          const list = join(userData, 'User/globalStorage/carvel-airgap.carvel-airgap/relocation-list');
          const pairs = Array.from({ length: count }, (_, number): readonly [string, string] => [
            `${source.host}/bench/source-${number}:v1`,
            `${destination.host}/bench/ours-${round}-${number}`,
          ]);
          const relocations = await listPaused(list, pairs);
          // What comes after what is another one each time.
          const loads = [...LOADS.slice(round % LOADS.length), ...LOADS.slice(0, round % LOADS.length)];
          const windows = loads.map((load): Window => ({
            load,
            seconds,
            relocations: load === 'ours' ? relocations : [],
          }));
          return { windows, list, outside: `http://${outside.host}` };
        };
        measured.push(...(await inHost<Measured[]>('delays', plan, 2 + (LOADS.length * (seconds + 20)) / 60)));
      }
      return measured;
    } finally {
      await outside.stop();
    }
  } finally {
    await destination.stop();
    await source.stop();
    await home.remove();
  }
}

/** Pushes images of distinct layers, each to a repository of its own. */
async function pushImages(host: string, count: number, layerSize: number): Promise<void> {
  const layer = randomFillSync(Buffer.alloc(layerSize));
  for (let number = 0; number < count; number++) {
    const layers = Array.from({ length: LAYERS }, (_, index) => {
      layer.writeUInt32BE(number * LAYERS + index);
      return Buffer.from(layer);
    });
    await new RawRepository(host, `bench/source-${number}`).pushImage('v1', layers);
  }
}

/**
 * Puts relocations on the list that were paused before they began.
 * @param pairs of the reference of an image and the repository that it goes to
 */
async function listPaused(folder: string, pairs: readonly (readonly [string, string])[]): Promise<string[]> {
  const store = new RelocationStore({ folder, hide: (text) => text, problem: (text) => console.error(text) });
  const ids: string[] = [];
  for (const [number, [reference, repository]] of pairs.entries()) {
    const now = Date.now();
    const id = newId(now);
    const journal = await store.claim({
      id,
      name: `bench:${number}`,
      request: {
        source: { kind: 'image', reference },
        destination: { kind: 'repository', repository },
      },
      startedAt: now,
      state: 'paused',
      attempts: [],
      changedAt: now,
    });
    await journal?.close();
    ids.push(id);
  }
  return ids;
}
