import { randomBytes } from 'node:crypto';

import { RawRepository } from './raw-registry.ts';
import { type Registry, startRegistry } from './registry.ts';

/** A vendor's registry and one inside, for files that sync from one to the other. */
export interface SyncRegistries {
  readonly vendor: Registry;
  readonly inside: Registry;
  /** Settings that list both. */
  readonly machineSettings: Readonly<Record<string, unknown>>;
  /** Pushes a bundle with one image to the vendor's registry, and returns its digest. */
  publish(path: string, tag: string, layers?: readonly Uint8Array[]): Promise<string>;
  stop(): Promise<void>;
}

export async function startSyncRegistries(): Promise<SyncRegistries> {
  const [vendor, inside] = await Promise.all([startRegistry(), startRegistry()]);
  const machineSettings = {
    'carvelAirgap.registries': [
      { host: vendor.host, role: 'source' },
      { host: inside.host, role: 'inside' },
    ],
  };
  return {
    vendor,
    inside,
    machineSettings,
    async publish(path, tag, layers = [randomBytes(5000)]) {
      const repository = new RawRepository(vendor.host, path);
      const image = await repository.pushImage(`app-${tag}`, layers);
      return repository.pushBundle(tag, [`${repository.name}@${image}`]);
    },
    async stop() {
      await inside.stop();
      await vendor.stop();
    },
  };
}
