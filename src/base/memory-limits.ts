import { PerformanceObserver } from 'node:perf_hooks';
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';

/**
 * Garbage that has lived for a few requests is removed before it more than doubles the space for old objects. And the
 * parser of HTTP messages is not optimized: that takes 30 MB for a moment, and saves no time that could be measured.
 */
const LIMITS = ['--incremental-marking-hard-trigger=25', '--no-wasm-dynamic-tiering', '--no-wasm-tier-up'];
const DEFAULTS = [
  '--incremental-marking-hard-trigger=0',
  '--wasm-dynamic-tiering',
  '--wasm-tier-up',
  '--semi-space-growth-factor=2',
];
/** Bytes. */
const LARGE_ENOUGH = 4 * 1024 * 1024;

/**
 * Makes V8 take less memory for thousands of short requests, of which little is still in use. To be called before the
 * first request.
 */
export function limitMemory(): void {
  for (const flag of LIMITS) setFlagsFromString(flag);
  limitYoungGeneration();
}

/** Undoes the limits, for what depends on the flags of V8. */
export function resetMemoryLimits(): void {
  for (const flag of DEFAULTS) setFlagsFromString(flag);
}

/**
 * Keeps V8 from doubling the space for new objects once it is large enough. By default it grows to more than 100 MB while
 * thousands of requests are under way, although what is still in use is a fraction of that; and it is not given back.
 */
function limitYoungGeneration(): void {
  if (stopGrowth()) return;
  const observer = new PerformanceObserver(() => {
    if (stopGrowth()) observer.disconnect();
  });
  observer.observe({ entryTypes: ['gc'] });
}

/** @returns whether it is large enough */
function stopGrowth(): boolean {
  if (youngGeneration() < LARGE_ENOUGH) return false;
  setFlagsFromString('--semi-space-growth-factor=1');
  return true;
}

/** Size of the space for new objects, in bytes. */
export function youngGeneration(): number {
  return getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space')?.space_size ?? 0;
}
