import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { writeOutput } from '../base/output-file.ts';
import { record } from '../base/json.ts';
import { parseRepository } from '../oci/reference.ts';
import type { RelocationPlan } from './plan/plan.ts';
import type { RelocationRequest } from './request/request.ts';

const FILE = 'rates.json';
/** Maximum number of remembered routes; the least recently used are dropped first. */
const MAX_ROUTES = 50;
/** Minimum number of bytes for a measurement: below that, request latency dominates. */
const MIN_BYTES = 4 * 1024 * 1024;

/** A route between two places: host[:port] of a registry, or a file. */
export interface Route {
  readonly from: string;
  readonly to: string;
}

const A_FILE = '(file)';

/** Remembers the last transfer rate of each route across processes. Failing to store it is not an error. */
export class MeasuredRates {
  readonly #folder: string | undefined;

  /** @param folder undefined to store nothing */
  constructor(folder: string | undefined) {
    this.#folder = folder;
  }

  /** Bytes per second; undefined if the route was never measured. */
  async find(way: Route): Promise<number | undefined> {
    const rate = (await this.#read())[keyOf(way)];
    return typeof rate === 'number' && rate > 0 && Number.isFinite(rate) ? rate : undefined;
  }

  async note(way: Route, bytes: number, seconds: number): Promise<void> {
    if (this.#folder === undefined || bytes < MIN_BYTES || seconds <= 0) return;
    const { [keyOf(way)]: _, ...others } = await this.#read();
    const kept = Object.entries(others).slice(1 - MAX_ROUTES);
    const rates = Object.fromEntries([...kept, [keyOf(way), Math.round(bytes / seconds)]]);
    try {
      await mkdir(this.#folder, { recursive: true, mode: 0o700 });
      await writeOutput(join(this.#folder, FILE), JSON.stringify(rates));
    } catch {
      // Without the file, only the time estimate is missing.
    }
  }

  async #read(): Promise<Readonly<Record<string, unknown>>> {
    if (this.#folder === undefined) return {};
    try {
      return record(JSON.parse(await readFile(join(this.#folder, FILE), 'utf8')));
    } catch {
      return {};
    }
  }
}

/** A lock may name several registries; the registry of its first image stands for all. */
export function routeOf({ source, destination }: RelocationRequest, { content }: RelocationPlan): Route {
  const registry = content.items[0]?.image.place.registry ?? A_FILE;
  return {
    from: source.kind === 'archive' ? A_FILE : registry,
    to: destination.kind === 'archive' ? A_FILE : parseRepository(destination.repository).registry,
  };
}

/**
 * The plan with the estimated time, if a rate is known and something has to be sent.
 * @param measured bytes per second
 * @param limit bandwidth limit in bytes per second
 */
export function withTime(
  plan: RelocationPlan,
  measured: number | undefined,
  limit: number | undefined,
): RelocationPlan {
  const { totals } = plan.view;
  const bytesPerSecond = Math.min(measured ?? Number.POSITIVE_INFINITY, limit ?? Number.POSITIVE_INFINITY);
  if (bytesPerSecond === Number.POSITIVE_INFINITY || totals.bytesToCopy === 0) return plan;
  const secondsExpected = totals.bytesToCopy / bytesPerSecond;
  return { ...plan, view: { ...plan.view, totals: { ...totals, secondsExpected } } };
}

function keyOf({ from, to }: Route): string {
  return `${from} > ${to}`;
}
