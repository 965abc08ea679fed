import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { type DelayProxy, startDelayProxy } from '../test/support/delay-proxy.ts';
import { makeTemporaryFolder } from '../test/support/lifetime.ts';
import { type Registry, startRegistry } from '../test/support/registry.ts';
import { checkResult } from './check-result.ts';
import { type Measured, runCopy, type Tool, TOOLS } from './run-tool.ts';
import type { Shape } from './shapes.ts';
import { type BenchSource, fillSource } from './source.ts';

const TARGET = 'bench/target';

/** Requests by method at one registry. */
export type Counts = Readonly<Record<string, number>>;

export interface ShapeResult {
  readonly runs: Readonly<Record<Tool, readonly Measured[]>>;
  readonly requests: Readonly<Record<Tool, { readonly source: Counts; readonly destination: Counts }>>;
}

/** Runs one shape: both tools in turn, each into an empty registry, then once more each to count requests. */
export async function benchShape(shape: Shape, runs: number, onRun: (text: string) => void): Promise<ShapeResult> {
  const folder = await makeTemporaryFolder('bench');
  const registry = await startRegistry();
  const tls = shape.tls === true ? { tls: {} } : {};
  const secured = shape.tls === true ? await startRegistry({ ...tls, storage: registry.root }) : undefined;
  try {
    const source = await fillSource(registry.host, 'bench/source', shape.source);
    const measured: Record<Tool, Measured[]> = { ours: [], imgpkg: [] };
    for (let run = 0; run < runs; run++) {
      // Who comes first has the colder caches: turn and turn about.
      for (const tool of run % 2 === 0 ? TOOLS : TOOLS.toReversed()) {
        const result = await new Run(shape, source, secured ?? registry, folder.path, tool, false).measure();
        measured[tool].push(result.measured);
        onRun(`${shape.name}: ${tool} ${result.measured.seconds.toFixed(2)} s`);
      }
    }
    const requests = { ours: noRequests, imgpkg: noRequests };
    for (const tool of TOOLS) {
      const logged = await startRegistry({ ...tls, storage: registry.root, accessLog: true });
      try {
        requests[tool] = (
          await new Run({ ...shape, roundTrip: 0 }, source, logged, folder.path, tool, true).measure()
        ).requests;
      } finally {
        await logged.stop();
      }
    }
    return { runs: measured, requests };
  } finally {
    await secured?.stop();
    await registry.stop();
    await folder.remove();
  }
}

const noRequests: { source: Counts; destination: Counts } = { source: {}, destination: {} };

class Run {
  readonly #shape: Shape;
  readonly #source: BenchSource;
  readonly #from: Registry;
  readonly #folder: string;
  readonly #tool: Tool;
  readonly #counted: boolean;

  constructor(shape: Shape, source: BenchSource, from: Registry, folder: string, tool: Tool, counted: boolean) {
    this.#shape = shape;
    this.#source = source;
    this.#from = from;
    this.#folder = folder;
    this.#tool = tool;
    this.#counted = counted;
  }

  async measure(): Promise<{ measured: Measured; requests: typeof noRequests }> {
    const { kind, roundTrip, tls } = this.#shape;
    const to = await startRegistry({ accessLog: this.#counted, ...(tls === true ? { tls: {} } : {}) });
    const proxies: DelayProxy[] = [];
    const far = async (host: string) => {
      if (roundTrip === 0) return host;
      const proxy = await startDelayProxy(host, roundTrip);
      proxies.push(proxy);
      return proxy.host;
    };
    try {
      const [fromHost, toHost] = [await far(this.#from.host), await far(to.host)];
      const fromBundle = [...(await this.#trust(to)), '-b', `${fromHost}/${this.#source.path}:v1`];
      const toRepository = (host: string) => ['--to-repo', `${host}/${TARGET}`];
      const tar = join(this.#folder, 'bench.tar');
      // What is done before the clock runs.
      await rm(tar, { force: true });
      if (kind === 'unchanged') {
        const near = ['-b', `${this.#from.host}/${this.#source.path}:v1`];
        await runCopy(this.#tool, [...near, ...toRepository(to.host)]);
      }
      if (kind === 'from-tar') await runCopy('imgpkg', [...fromBundle, '--to-tar', tar]);
      const before = this.#counted ? await Promise.all([this.#from.requests(), to.requests()]) : [];
      const from = kind === 'from-tar' ? ['--tar', tar] : fromBundle;
      const target = kind === 'to-tar' ? ['--to-tar', tar] : toRepository(toHost);
      const measured = await runCopy(this.#tool, [...from, ...target]);
      const [source, destination] = this.#counted ? await Promise.all([this.#from.requests(), to.requests()]) : [];
      const requests = {
        source: countByMethod(source?.slice(before[0]?.length)),
        destination: countByMethod(destination?.slice(before[1]?.length)),
      };
      // A tar is complete if it can be imported.
      if (kind === 'to-tar') await runCopy('imgpkg', ['--tar', tar, ...toRepository(to.host)]);
      await this.#check(to);
      return { measured, requests };
    } finally {
      await Promise.all(proxies.map((proxy) => proxy.stop()));
      await to.stop();
    }
  }

  /** The flags with which a tool trusts both registries. */
  async #trust(to: Registry): Promise<string[]> {
    const files = [this.#from.caFile, to.caFile].filter((file) => file !== undefined);
    if (files.length === 0) return [];
    const path = join(this.#folder, 'ca.pem');
    await writeFile(path, (await Promise.all(files.map((file) => readFile(file, 'utf8')))).join(''));
    return ['--registry-ca-cert-path', path];
  }

  async #check(to: Registry): Promise<void> {
    if (this.#shape.tls !== true) return checkResult(to.host, TARGET, this.#source);
    const plain = await startRegistry({ storage: to.root });
    try {
      await checkResult(plain.host, TARGET, this.#source);
    } finally {
      await plain.stop();
    }
  }
}

function countByMethod(requests: readonly { readonly method: string }[] = []): Counts {
  const counts: Record<string, number> = {};
  for (const { method } of requests) counts[method] = (counts[method] ?? 0) + 1;
  return counts;
}
