import type { Measured as Delays } from './host/plan.ts';
import { delaysTable } from './host/report.ts';
import { PARALLEL } from './copy-command.ts';
import { isReached, markdown, median, type Row, summary } from './report.ts';
import { type StartResult, startCost, startTable } from './start.ts';
import { IMAGE_TOOLS } from './tools.ts';

/** Everything that one run of the benchmark has found, as it is in test-output/bench.json. */
export interface BenchDocument {
  readonly date: string;
  readonly machine: string;
  readonly versions: Readonly<Record<string, string>>;
  /** At most, of each tool. */
  readonly runs: number;
  readonly load: { readonly before: string; readonly after: string };
  readonly rows: readonly Row[];
  readonly start?: StartResult;
  readonly delays?: readonly Delays[];
}

/** Of the editor's event loop during a copy, 99th percentile in milliseconds. */
const LATEST = 10;

export function documentMarkdown(document: BenchDocument): string {
  const { rows, start, delays } = document;
  return [
    `${circumstances(document)}\n\n${HOW}`,
    ...(rows.length === 0 ? [] : [markdown(rows)]),
    ...(start === undefined ? [] : [startTable(start)]),
    ...(delays === undefined ? [] : [`${delaysTable(delays)}\n\n${delaysGoal(delays)}`]),
    ...goals(document),
  ].join('\n\n');
}

const HOW = `${IMAGE_TOOLS.join(', ')} copy one image: ${PARALLEL} processes at a time go through the list of the bundle’s images, \
as a script around them would. Carvel Airgap and imgpkg find the images themselves and write locations too. The tools take turns, \
each into an empty registry; ratios are those of times of the same turn, their median. Every result is checked.`;

/** For README.md. */
export function documentSummary(document: BenchDocument): string {
  return `${circumstances(document)}\n\n${summary(document.rows)}`;
}

function circumstances({ date, machine, versions, runs, load }: BenchDocument): string {
  const tools = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return `${date.slice(0, 10)}; ${machine}; ${tools.join(', ')}; up to ${runs} runs each; load average before ${load.before}, after ${load.after}.`;
}

function latest(delays: readonly Delays[]): number {
  return median(delays.filter(({ load }) => load === 'ours').map(({ eventLoop }) => eventLoop.p99));
}

function delaysGoal(delays: readonly Delays[]): string {
  const value = latest(delays);
  return `Event loop of the editor during a copy, p99: ${value.toFixed(1)} ms (goal < ${LATEST}: ${value < LATEST ? 'reached' : 'missed'}).`;
}

function goals({ rows, start, delays }: BenchDocument): readonly string[] {
  const reached = [
    ...rows.flatMap((row) => row.shape.goals.map((goal) => isReached(row, goal))),
    ...(start === undefined ? [] : [startCost(start) <= 60]),
    ...(delays === undefined ? [] : [latest(delays) < LATEST]),
  ];
  if (reached.length === 0) return [];
  return [`Goals: ${reached.filter((each) => each === true).length} of ${reached.length} reached.`];
}
