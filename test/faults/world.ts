// Two real registries, each behind a proxy that makes faults, and what a relocation between them has to leave.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';

import type { ConnectionSettings } from '../../src/oci/connection-settings.ts';
import type { RelocationEngine } from '../../src/relocation/engine.ts';
import type { RelocationEvent } from '../../src/relocation/events.ts';
import type { RelocationReport } from '../../src/relocation/report/report.ts';
import { inProcess } from '../support/engines.ts';
import { RawRepository, sha256 } from '../support/raw-registry.ts';
import { type Registry, type RegistryProgram, startRegistry } from '../support/registry.ts';
import { type FaultProxy, startFaultProxy } from '../support/fault-proxy.ts';

export const LAYER = 3 * 1024 * 1024;

export interface World {
  readonly source: Registry;
  readonly destination: Registry;
  readonly from: FaultProxy;
  readonly to: FaultProxy;
  /** The content that is relocated: an image of three layers, the first of 3 MiB. */
  readonly image: { readonly path: string; readonly digest: string; readonly layers: readonly Buffer[] };
  stop(): Promise<void>;
}

/** @param options `destination`: a registry of one's own, which the world stops */
export async function makeWorld(options: { destination?: Registry; program?: RegistryProgram } = {}): Promise<World> {
  const registry = options.program === undefined ? {} : { program: options.program };
  const source = await startRegistry(registry);
  const destination = options.destination ?? (await startRegistry(registry));
  const from = await startFaultProxy(source);
  const to = await startFaultProxy(destination);
  const layers = [randomBytes(LAYER), randomBytes(300_000), randomBytes(10)];
  const digest = await new RawRepository(source.host, 'apps/app').pushImage('v1', layers);
  return {
    source,
    destination,
    from,
    to,
    image: { path: 'apps/app', digest, layers },
    async stop() {
      for (const part of [from, to, source, destination]) await part.stop();
    },
  };
}

/** Patience of seconds, not of minutes. */
export const IMPATIENT: ConnectionSettings = { stallTimeout: 1000, responseHeaderTimeout: 1500 };

export interface Outcome {
  readonly report?: RelocationReport;
  readonly error?: { code?: string; message: string; remedy?: string };
  readonly events: readonly RelocationEvent[];
}

/** Relocates the world's image, or another, through both proxies. */
export async function relocateImage(
  world: World,
  path: string,
  options: { settings?: ConnectionSettings; engine?: RelocationEngine; signal?: AbortSignal; source?: string } = {},
): Promise<Outcome> {
  const { signal = new AbortController().signal, settings = {}, source = `${world.image.path}:v1` } = options;
  const engine = options.engine ?? inProcess({ ...IMPATIENT, ...settings });
  const events: RelocationEvent[] = [];
  const onEvent = (event: RelocationEvent) => void events.push(event);
  const request = {
    source: { kind: 'image' as const, reference: `${world.from.host}/${source}` },
    destination: { kind: 'repository' as const, repository: `${world.to.host}/${path}` },
  };
  try {
    const planned = await engine.plan(request, { signal, onEvent, depth: 'run' });
    return { report: await planned.run({ signal, onEvent }), events };
  } catch (error) {
    return { error: error as Error, events };
  }
}

/** The image is complete at the destination, under its tags and no other. */
export async function assertComplete(world: World, path: string): Promise<void> {
  const target = new RawRepository(world.destination.host, path);
  const { digest, layers } = world.image;
  assert.deepEqual(
    [...(await target.tags())],
    [
      [`${digest.replace(':', '-')}.imgpkg`, digest],
      ['v1', digest],
    ],
  );
  for (const layer of layers) assert.ok((await target.blob(sha256(layer))).equals(layer));
}

/** Nothing has a name. */
export async function assertNothing(world: World, path: string): Promise<void> {
  assert.deepEqual([...(await new RawRepository(world.destination.host, path).tags())], []);
}
