import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { startDelayProxy } from '../test/support/delay-proxy.ts';
import { makeTemporaryFolder } from '../test/support/lifetime.ts';
import { type RateProxy, startRateProxy } from '../test/support/rate-proxy.ts';
import { type Registry, startRegistry } from '../test/support/registry.ts';
import { outputOf } from '../test/support/run-program.ts';
import { startSlowProxy } from '../test/support/slow-proxy.ts';
import { checkResult, checkTar } from './check-result.ts';
import { copy } from './copy-command.ts';
import type { Measured } from './measure.ts';
import type { Shape } from './shapes.ts';
import { type BenchSource, fillSource, SOURCE, type Sources } from './source.ts';
import { isImageTool, type Tool } from './tools.ts';

const TARGET = 'bench/target';
/** One image in so many is another one, if the shape says that some have changed. */
const CHANGED = 20;

/** `http`: ours over HTTP, in a shape over HTTPS. */
export type Competitor = Tool | 'http';

/** Requests by method at one registry. */
export type Counts = Readonly<Record<string, number>>;
export interface Requests {
  readonly source: Counts;
  readonly destination: Counts;
}

/** A run in its round, and of a registry with a limit the share of the requests that it refused. */
export interface Run extends Measured {
  readonly round: number;
  readonly refused?: number;
}

export interface CompetitorResult {
  readonly runs: readonly Run[];
  /** Counted in a run of its own. */
  readonly requests?: Requests;
  /** Why there are no runs. */
  readonly absent?: string;
}

export interface ShapeResult {
  readonly competitors: Readonly<Partial<Record<Competitor, CompetitorResult>>>;
  /** Of all blobs. */
  readonly bytes: number;
}

export interface ShapeOptions {
  readonly rounds: number;
  /** Seconds that it should take: no run begins that probably takes longer, except the first of ours and of who ours is compared with. */
  readonly seconds: number;
  readonly tools: readonly Tool[];
  /** A folder with the home folders of the tools. */
  readonly homes: string;
  readonly say: (text: string) => void;
}

/** Measures all tools in rounds, in alternating order, each time into a fresh destination; then counts requests. */
export async function benchShape(shape: Shape, sources: Sources, options: ShapeOptions): Promise<ShapeResult> {
  const folder = await makeTemporaryFolder('bench');
  const started = performance.now();
  const opened = await sources.open(shape.source);
  // A changed source is one of its own.
  const storage = shape.kind === 'changed' ? join(folder.path, 'source') : opened.storage;
  if (shape.kind === 'changed') await outputOf('cp', ['--archive', opened.storage, storage]);
  const registry = await startRegistry({ storage });
  try {
    const bench = new ShapeBench(shape, options, registry, folder.path, opened.source);
    await bench.prepare();
    return await bench.run(started);
  } finally {
    await registry.stop();
    await folder.remove();
  }
}

class ShapeBench {
  readonly #shape: Shape;
  readonly #options: ShapeOptions;
  readonly #registry: Registry;
  readonly #folder: string;
  /** The storage of a destination that already holds something, which each run copies first if it changes anything. */
  readonly #prepared: string;
  readonly #runs = new Map<Competitor, Run[]>();
  readonly #absent = new Map<Competitor, string>();
  readonly #checked = new Set<Competitor>();
  #source: BenchSource;

  constructor(shape: Shape, options: ShapeOptions, registry: Registry, folder: string, source: BenchSource) {
    this.#shape = shape;
    this.#options = options;
    this.#registry = registry;
    this.#folder = folder;
    this.#prepared = join(folder, 'prepared');
    this.#source = source;
  }

  async prepare(): Promise<void> {
    const { kind, source } = this.#shape;
    if (kind === 'unchanged' || kind === 'changed') {
      const to = await startRegistry({ storage: this.#prepared });
      await this.#copy('ours', { from: this.#registry.host, to: `${to.host}/${TARGET}`, tar: '', caFile: undefined });
      await to.stop();
    }
    if (kind === 'changed') {
      const images = Math.max(1, Math.floor(source.images / CHANGED));
      this.#source = await fillSource(this.#registry.host, SOURCE, { ...source, images }, this.#source);
    }
    if (kind === 'from-tar') {
      await this.#copy('ours', { from: this.#registry.host, to: undefined, tar: this.#tar, caFile: undefined });
    }
  }

  /** @param started when the preparation began */
  async run(started: number): Promise<ShapeResult> {
    const { rounds, seconds, tools } = this.#options;
    const { tls, peers, goals } = this.#shape;
    const http: readonly Competitor[] = tls === true ? ['http'] : [];
    const competitors = [...http, ...(['ours', ...peers] as const).filter((tool) => tools.includes(tool))];
    const compared = goals.flatMap((goal) => (goal.kind === 'ratio' ? goal.to : []));
    const needed: readonly string[] = ['ours', ...compared.map((to) => (to === 'best' ? (competitors[1] ?? '') : to))];
    const elapsed = () => (performance.now() - started) / 1000;
    let [slowest, lastRound] = [0, 0];
    for (let round = 0; round < rounds && (round === 0 || elapsed() + lastRound < seconds); round++) {
      const before = elapsed();
      // Who comes first has the colder caches.
      for (const competitor of round % 2 === 0 ? competitors : competitors.toReversed()) {
        if (this.#absent.has(competitor)) continue;
        if (round === 0 && !needed.includes(competitor) && elapsed() + slowest > seconds) {
          this.#absent.set(competitor, 'no time left');
          continue;
        }
        const began = elapsed();
        await this.#measureOrExclude(competitor, round);
        slowest = Math.max(slowest, elapsed() - began);
      }
      lastRound = elapsed() - before;
    }
    const results: Partial<Record<Competitor, CompetitorResult>> = {};
    for (const competitor of competitors) {
      const absent = this.#absent.get(competitor);
      const runs = absent === undefined ? (this.#runs.get(competitor) ?? []) : [];
      // Where requests are slow, they are the same as without that.
      const counts =
        this.#isPlain() && absent === undefined && (competitor === 'ours' || elapsed() + slowest < seconds);
      const requests = counts ? { requests: await this.#count(competitor) } : {};
      results[competitor] = { runs, ...requests, ...(absent === undefined ? {} : { absent }) };
    }
    return { competitors: results, bytes: this.#source.bytes };
  }

  /** A peer that fails is left out. */
  async #measureOrExclude(competitor: Competitor, round: number): Promise<void> {
    const { say } = this.#options;
    const { id } = this.#shape;
    try {
      const run = await this.#measure(competitor, round);
      this.#runs.set(competitor, [...(this.#runs.get(competitor) ?? []), run]);
      say(`${id}: ${competitor} ${run.seconds.toFixed(2)} s`);
    } catch (error) {
      if (competitor === 'ours' || competitor === 'http') throw error;
      say(`${id}: ${competitor} fails: ${String(error)}`);
      this.#absent.set(competitor, 'fails');
    }
  }

  #isPlain(): boolean {
    const { roundTrip, tls, bytesPerSecond, requestsPerSecond } = this.#shape;
    return roundTrip === undefined && tls !== true && bytesPerSecond === undefined && requestsPerSecond === undefined;
  }

  get #tar(): string {
    return join(this.#folder, 'bench.tar');
  }

  #copy(
    tool: Tool,
    options: { from: string | undefined; to: string | undefined; tar: string; caFile: string | undefined },
  ) {
    return copy(tool, { source: this.#source, folder: this.#folder, homes: this.#options.homes, ...options });
  }

  /** The storage that a run's destination starts with. */
  async #storage(): Promise<string> {
    if (this.#shape.kind === 'unchanged') return this.#prepared;
    const storage = join(this.#folder, 'storage');
    await rm(storage, { recursive: true, force: true });
    const from = { changed: this.#prepared, mounted: this.#registry.root }[this.#shape.kind as string];
    if (from !== undefined) await outputOf('cp', ['--archive', from, storage]);
    return storage;
  }

  async #measure(competitor: Competitor, round: number): Promise<Run> {
    const { roundTrip, bytesPerSecond, requestsPerSecond, kind } = this.#shape;
    const tls = this.#shape.tls === true && competitor !== 'http' ? { tls: {} } : {};
    const tool = competitor === 'http' ? 'ours' : competitor;
    const ends: { stop(): Promise<void> }[] = [];
    const keep = <Part extends { stop(): Promise<void> }>(part: Part): Part => {
      ends.push(part);
      return part;
    };
    const limits: RateProxy[] = [];
    const through = async (host: string, isSource: boolean): Promise<string> => {
      if (roundTrip !== undefined) return keep(await startDelayProxy(host, roundTrip)).host;
      if (bytesPerSecond !== undefined && isSource) return keep(await startSlowProxy(host, bytesPerSecond)).host;
      if (requestsPerSecond === undefined) return host;
      const limit = keep(await startRateProxy(host, requestsPerSecond));
      limits.push(limit);
      return limit.host;
    };
    try {
      const storage = await this.#storage();
      const to = keep(await startRegistry({ storage, ...tls }));
      const isSecure = tls.tls !== undefined;
      const secure = isSecure ? keep(await startRegistry({ storage: this.#registry.root, ...tls })) : this.#registry;
      const from = kind === 'mounted' ? to : secure;
      const target = kind === 'to-tar' ? undefined : `${await through(to.host, false)}/${TARGET}`;
      const origin = kind === 'from-tar' ? undefined : await through(from.host, true);
      if (kind === 'to-tar') await rm(this.#tar, { force: true });
      const caFile = isSecure ? await this.#authorities(from, to) : undefined;
      const measured = await this.#copy(tool, { from: origin, to: target, tar: this.#tar, caFile });
      await this.#check(competitor, isSecure ? keep(await startRegistry({ storage })) : to);
      const [asked, refused] = [sum(limits, (each) => each.asked), sum(limits, (each) => each.refused)];
      return { ...measured, round, ...(asked === 0 ? {} : { refused: refused / asked }) };
    } finally {
      for (const end of ends.toReversed()) await end.stop();
    }
  }

  async #authorities(...registries: readonly Registry[]): Promise<string> {
    const path = join(this.#folder, 'ca.pem');
    const files = registries.flatMap(({ caFile }) => caFile ?? []);
    await writeFile(path, (await Promise.all(files.map((file) => readFile(file, 'utf8')))).join(''));
    return path;
  }

  /** The first result of each is checked blob by blob, later ones image by image, or a tar by its size. */
  async #check(competitor: Competitor, destination: Registry): Promise<void> {
    const isFirst = !this.#checked.has(competitor);
    this.#checked.add(competitor);
    if (this.#shape.kind === 'to-tar') {
      const { size } = await stat(this.#tar);
      if (size < this.#source.bytes / 2) throw new Error(`the tar of ${competitor} has only ${size} bytes`);
      if (isFirst) await checkTar(this.#tar, join(this.#folder, 'unpacked'), this.#source);
      return;
    }
    const tags = competitor === 'http' || !isImageTool(competitor);
    await checkResult(destination.host, TARGET, this.#source, { tags, blobs: isFirst });
  }

  async #count(competitor: Competitor): Promise<Requests> {
    const { kind } = this.#shape;
    const tool = competitor === 'http' ? 'ours' : competitor;
    const from = await startRegistry({ storage: this.#registry.root, accessLog: true });
    const to = await startRegistry({ storage: await this.#storage(), accessLog: true });
    try {
      if (kind === 'to-tar') await rm(this.#tar, { force: true });
      await this.#copy(tool, {
        from: kind === 'from-tar' ? undefined : kind === 'mounted' ? to.host : from.host,
        to: kind === 'to-tar' ? undefined : `${to.host}/${TARGET}`,
        tar: this.#tar,
        caFile: undefined,
      });
      return { source: countByMethod(await from.requests()), destination: countByMethod(await to.requests()) };
    } finally {
      await to.stop();
      await from.stop();
    }
  }
}

function sum<Each>(values: readonly Each[], of: (value: Each) => number): number {
  return values.reduce((total, value) => total + of(value), 0);
}

function countByMethod(requests: readonly { readonly method: string }[]): Counts {
  const counts: Record<string, number> = {};
  for (const { method } of requests) counts[method] = (counts[method] ?? 0) + 1;
  return counts;
}
