import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { writeOutput } from '../base/output-file.ts';
import { objectOrEmpty } from '../oci/json.ts';
import { parseRepository } from '../oci/reference.ts';
import type { RelocationPlan } from './plan.ts';
import type { RelocationRequest } from './request.ts';

const FILE = 'rates.json';
/** Ways; those that were used longest ago are forgotten first. */
const MOST = 50;
/** Bytes: with fewer, what is measured is the time of requests. */
const ENOUGH = 4 * 1024 * 1024;

/** From where to where: host[:port] of registries, or a file. */
export interface Way {
  readonly from: string;
  readonly to: string;
}

const A_FILE = '(file)';

/** How fast the last relocation between two places was. Kept between processes; what can not be kept is done without. */
export class MeasuredRates {
  readonly #folder: string | undefined;

  /** @param folder undefined: nothing is kept */
  constructor(folder: string | undefined) {
    this.#folder = folder;
  }

  /** Bytes a second; undefined where nothing was measured. */
  async find(way: Way): Promise<number | undefined> {
    const rate = (await this.#read())[keyOf(way)];
    return typeof rate === 'number' && rate > 0 && Number.isFinite(rate) ? rate : undefined;
  }

  async note(way: Way, bytes: number, seconds: number): Promise<void> {
    if (this.#folder === undefined || bytes < ENOUGH || seconds <= 0) return;
    const { [keyOf(way)]: _, ...others } = await this.#read();
    const kept = Object.entries(others).slice(1 - MOST);
    const rates = Object.fromEntries([...kept, [keyOf(way), Math.round(bytes / seconds)]]);
    try {
      await mkdir(this.#folder, { recursive: true, mode: 0o700 });
      await writeOutput(join(this.#folder, FILE), JSON.stringify(rates));
    } catch {
      // A time that is not foretold is all that is lost.
    }
  }

  async #read(): Promise<Readonly<Record<string, unknown>>> {
    if (this.#folder === undefined) return {};
    try {
      return objectOrEmpty(JSON.parse(await readFile(join(this.#folder, FILE), 'utf8')));
    } catch {
      return {};
    }
  }
}

/** A lock may name several registries: the way of its first image stands for all. */
export function wayOf({ source, destination }: RelocationRequest, { content }: RelocationPlan): Way {
  const registry = content.items[0]?.image.place.registry ?? A_FILE;
  return {
    from: source.kind === 'archive' ? A_FILE : registry,
    to: destination.kind === 'archive' ? A_FILE : parseRepository(destination.repository).registry,
  };
}

/** The plan with the time that it would take at a rate, where there is one and something to send. */
export function withTime(plan: RelocationPlan, bytesPerSecond: number | undefined): RelocationPlan {
  const { totals } = plan.view;
  if (bytesPerSecond === undefined || totals.bytesToCopy === 0) return plan;
  const secondsExpected = totals.bytesToCopy / bytesPerSecond;
  return { ...plan, view: { ...plan.view, totals: { ...totals, secondsExpected } } };
}

function keyOf({ from, to }: Way): string {
  return `${from} > ${to}`;
}
