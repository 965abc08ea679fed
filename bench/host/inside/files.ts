import { readFileSync, writeFileSync } from 'node:fs';

import type { Plan } from '../plan.ts';

/** What the bench has written down for this module. */
export function readPlan(): Plan {
  return JSON.parse(readFileSync(fileNamed('BENCH_PLAN'), 'utf8')) as Plan;
}

export function writeResult(result: unknown): void {
  writeFileSync(fileNamed('BENCH_RESULT'), JSON.stringify(result));
}

function fileNamed(name: string): string {
  const file = process.env[name];
  if (file === undefined) throw new Error(`${name} is not set`);
  return file;
}
