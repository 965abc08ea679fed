import { PerformanceObserver } from 'node:perf_hooks';
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';

/** Bytes. */
const LARGE_ENOUGH = 4 * 1024 * 1024;

/**
 * Keeps V8 from doubling the space for new objects once it is large enough. By default it grows to more than 100 MB while
 * thousands of requests are under way, although what is still in use is a fraction of that; and it is not given back.
 */
export function limitYoungGeneration(): void {
  const observer = new PerformanceObserver(() => {
    if (youngGeneration() < LARGE_ENOUGH) return;
    setFlagsFromString('--semi-space-growth-factor=1');
    observer.disconnect();
  });
  observer.observe({ entryTypes: ['gc'] });
}

/** Size of the space for new objects, in bytes. */
export function youngGeneration(): number {
  return getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space')?.space_size ?? 0;
}

/** Undoes the limit, for what depends on the flags of V8. */
export function resetYoungGeneration(): void {
  setFlagsFromString('--semi-space-growth-factor=2');
}
