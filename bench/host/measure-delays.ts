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

/** In one VS Code, round after round: nothing, relocations by the extension, and copies by programs outside of it. */
export async function measureDelays({ rounds, seconds, layerSize, mostRate }: DelayOptions): Promise<Measured[]> {
  const home = await makeTemporaryFolder('home');
  const [source, destination] = [await startRegistry(), await startRegistry()];
  const bytes = LAYERS * layerSize;
  try {
    const layers = Array.from({ length: LAYERS }, () => randomFillSync(Buffer.alloc(layerSize)));
    await new RawRepository(source.host, 'bench/source').pushImage('v1', layers);
    const image = { from: `${source.host}/bench/source:v1`, to: `${destination.host}/bench/outside` };
    const outside = await startOutsideLoad(image, AT_ONCE, bytes, home.path);
    try {
      const relocations = Math.ceil((seconds * mostRate) / bytes) + AT_ONCE;
      return await inHost<Measured[]>(
        'delays',
        async (userData): Promise<Plan> => {
          const list = join(userData, 'User/globalStorage/carvel-airgap.carvel-airgap/relocation-list');
          const windows: Window[] = [];
          for (let round = 0; round < rounds; round++) {
            // What comes after what is another one each time.
            for (const load of [...LOADS.slice(round % LOADS.length), ...LOADS.slice(0, round % LOADS.length)]) {
              const to = `${destination.host}/bench/ours-${round}`;
              const ids = load === 'ours' ? await listPaused(list, relocations, image.from, to) : [];
              windows.push({ load, seconds, relocations: ids });
            }
          }
          return { windows, list, outside: `http://${outside.host}` };
        },
        2 + (rounds * LOADS.length * (seconds + 20)) / 60,
      );
    } finally {
      await outside.stop();
    }
  } finally {
    await destination.stop();
    await source.stop();
    await home.remove();
  }
}

/** Puts relocations on the list that were paused before they began, each to a repository of its own. */
async function listPaused(folder: string, count: number, reference: string, to: string): Promise<string[]> {
  const store = new RelocationStore({ folder, hide: (text) => text, problem: (text) => console.error(text) });
  const ids: string[] = [];
  for (let number = 0; number < count; number++) {
    const now = Date.now();
    const id = newId(now);
    const journal = await store.claim({
      id,
      name: `bench:${number}`,
      request: {
        source: { kind: 'image', reference },
        destination: { kind: 'repository', repository: `${to}-${number}` },
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
