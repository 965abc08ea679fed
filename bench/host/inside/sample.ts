import { lookup } from 'node:dns/promises';
import { stat } from 'node:fs/promises';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';

import type { Delays, Measured } from '../plan.ts';

/** Milliseconds between two looks at the event loop, and between two questions to files and names. */
const EVERY = 10;

/** Measures the process that it runs in, for so long. */
export async function sample(seconds: number): Promise<Omit<Measured, 'load' | 'rate'>> {
  const loop = monitorEventLoopDelay({ resolution: EVERY });
  const began = performance.eventLoopUtilization();
  const cpu = process.cpuUsage();
  const until = performance.now() + seconds * 1000;
  loop.enable();
  // Both have to wait for one of the four threads that a process has for files and names.
  const [stats, lookups] = await Promise.all([
    repeat(() => stat(__filename), until),
    repeat(() => lookup('localhost'), until),
  ]);
  loop.disable();
  const { user, system } = process.cpuUsage(cpu);
  // It tells the time between two timers: what is more than was asked for is delay.
  const late = (nanoseconds: number): number => Math.max(0, nanoseconds / 1e6 - EVERY);
  return {
    eventLoop: {
      p50: late(loop.percentile(50)),
      p99: late(loop.percentile(99)),
      max: late(loop.max),
      samples: loop.count,
    },
    stat: delaysOf(stats),
    lookup: delaysOf(lookups),
    busy: performance.eventLoopUtilization(began).utilization,
    cpu: (user + system) / 1e6 / seconds,
  };
}

/** How long each took, in milliseconds, until its answer was in JavaScript's hands. */
async function repeat(operation: () => Promise<unknown>, until: number): Promise<number[]> {
  const took: number[] = [];
  while (performance.now() < until) {
    const began = performance.now();
    await operation();
    took.push(performance.now() - began);
    await delay(EVERY);
  }
  return took;
}

function delaysOf(values: readonly number[]): Delays {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (part: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? NaN;
  return { p50: at(0.5), p99: at(0.99), max: at(1), samples: sorted.length };
}
