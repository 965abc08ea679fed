import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';

/** Garbage that has lived for a few requests is removed before it takes much of the space for old objects. */
const EARLY_MARKING = '--incremental-marking-hard-trigger=12';
const DEFAULTS = ['--incremental-marking-hard-trigger=0', '--semi-space-growth-factor=2'];

/** Bytes: what thousands of requests leave behind is collected in it, and little of that is copied to the old objects. */
const YOUNG_GENERATION = 8 * 1024 * 1024;
/** Objects that make it grow: so many at a time, and so many times at most. */
const [OBJECTS, TIMES] = [2000, 32];

/**
 * Makes V8 take less memory for thousands of short requests, of which little is still in use. To be called before the
 * first request.
 */
export function limitMemory(): void {
  setFlagsFromString(EARLY_MARKING);
  fixYoungGeneration();
}

/** Undoes the limits, for what depends on the flags of V8. */
export function resetMemoryLimits(): void {
  for (const flag of DEFAULTS) setFlagsFromString(flag);
}

/**
 * Gives the space for new objects its final size. By default it begins with 1 MB, from which objects in use are soon copied
 * to the old ones, and doubles up to more than 100 MB while thousands of requests are under way; and it is not given back.
 */
function fixYoungGeneration(): void {
  // It grows when more survives than fits into it.
  setFlagsFromString('--semi-space-growth-factor=4');
  const kept: object[] = [];
  for (let time = 0; time < TIMES && youngGeneration() < YOUNG_GENERATION; time++) {
    for (let each = 0; each < OBJECTS; each++) kept.push({ time, each });
  }
  setFlagsFromString('--semi-space-growth-factor=1');
}

/** Size of the space for new objects, in bytes. */
export function youngGeneration(): number {
  return getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space')?.space_size ?? 0;
}
