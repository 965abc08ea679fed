import type { Competitor, CompetitorResult, Counts, Run, ShapeResult } from './bench-shape.ts';
import type { Goal, Shape } from './shapes.ts';
import { TOOLS } from './tools.ts';

export interface Row {
  readonly shape: Shape;
  readonly result: ShapeResult;
}

/** Ours by another: of the rounds that both took part in, the median of the ratios and their least and most. */
export interface Ratio {
  readonly to: Competitor;
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

const NAMES: Readonly<Record<Competitor, string>> = {
  ours: 'Carvel Airgap',
  http: 'Carvel Airgap over HTTP',
  imgpkg: 'imgpkg',
  crane: 'crane',
  oras: 'oras',
  regctl: 'regctl',
  skopeo: 'skopeo',
};
const MB = 1e6;

/** The middle one; of an even number the lower of the two. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) / 2)] ?? NaN;
}

export function ratioTo(row: Row, to: Competitor): Ratio | undefined {
  const ours = row.result.competitors.ours?.runs ?? [];
  const theirs = new Map((row.result.competitors[to]?.runs ?? []).map((run) => [run.round, run.seconds]));
  const ratios = ours.flatMap(({ round, seconds }) => {
    const other = theirs.get(round);
    return other === undefined ? [] : [seconds / other];
  });
  if (ratios.length === 0) return undefined;
  return { to, median: median(ratios), least: Math.min(...ratios), most: Math.max(...ratios) };
}

/** To the fastest of the other tools. */
export function ratioToBest(row: Row): Ratio | undefined {
  const peers = row.shape.peers.filter((peer) => runsOf(row, peer).length > 0);
  const [best] = peers.toSorted((a, b) => secondsOf(row, a) - secondsOf(row, b));
  return best === undefined ? undefined : ratioTo(row, best);
}

/** Three tables and what has to be known about them, as Markdown. */
export function markdown(rows: readonly Row[]): string {
  const columns = TOOLS.map((tool) => NAMES[tool]);
  const notes = rows.flatMap(({ shape, result }) =>
    [...(shape.absent === undefined ? [] : [shape.absent]), ...absences(result)].map(
      (note) => `- ${shape.name}: ${note}.`,
    ),
  );
  const times = table(
    ['Seconds: median (least–most)', ...columns, 'ours / best', 'goal'],
    rows.map((row) => [
      row.shape.name,
      ...TOOLS.map((tool) => cell(row, tool, (runs) => spread(runs.map(({ seconds }) => seconds)))),
      ratioText(ratioToBest(row)),
      row.shape.goals.map((goal) => goalText(row, goal)).join('; ') || '–',
    ]),
  );
  const costs = table(
    ['CPU seconds / peak memory in MB', ...columns],
    rows.map((row) => [row.shape.name, ...TOOLS.map((tool) => cell(row, tool, cost))]),
  );
  const counted = rows.filter(({ result }) =>
    Object.values(result.competitors).some(({ requests }) => requests !== undefined),
  );
  const requests = table(
    ['Requests at the source; at the destination', ...columns],
    counted.map((row) => [row.shape.name, ...TOOLS.map((tool) => requestsOf(row.result.competitors[tool]))]),
  );
  return [
    times,
    costs,
    ...(counted.length > 0 ? [requests] : []),
    ...(notes.length > 0 ? [notes.join('\n')] : []),
  ].join('\n\n');
}

/** `no time left: crane, oras` */
function absences({ competitors }: ShapeResult): string[] {
  const names = new Map<string, string[]>();
  for (const [name, { absent }] of Object.entries(competitors)) {
    if (absent !== undefined) names.set(absent, [...(names.get(absent) ?? []), name]);
  }
  return [...names].map(([why, which]) => `${why}: ${which.join(', ')}`);
}

/** The one table for README.md. */
export function summary(rows: readonly Row[]): string {
  return table(
    ['what is copied', 'Carvel Airgap', 'imgpkg', 'best other tool', 'time / best'],
    rows.map((row) => {
      const others = row.shape.peers.filter((peer) => peer !== 'imgpkg' && runsOf(row, peer).length > 0);
      const [best] = others.toSorted((a, b) => secondsOf(row, a) - secondsOf(row, b));
      const time = (name: Competitor) => (runsOf(row, name).length === 0 ? '–' : `${precise(secondsOf(row, name))} s`);
      const ratio = ratioToBest(row);
      return [
        row.shape.name,
        time('ours'),
        time('imgpkg'),
        best === undefined ? '–' : `${best}, ${time(best)}`,
        ratio === undefined ? '–' : ratio.median.toFixed(2),
      ];
    }),
  );
}

/** Whether a goal is reached; undefined if that was not measured. */
export function isReached(row: Row, goal: Goal): boolean | undefined {
  const value = valueOf(row, goal);
  if (value === undefined || Number.isNaN(value)) return undefined;
  return goal.kind === 'line' ? value >= goal.least : value <= goal.most;
}

function valueOf(row: Row, goal: Goal): number | undefined {
  const ours = runsOf(row, 'ours');
  if (goal.kind === 'ratio') return (goal.to === 'best' ? ratioToBest(row) : ratioTo(row, goal.to))?.median;
  if (goal.kind === 'memory') return median(ours.map(({ memory }) => memory)) / MB;
  if (goal.kind === 'refused') return median(ours.flatMap(({ refused }) => refused ?? []));
  return row.result.bytes / (row.shape.bytesPerSecond ?? NaN) / secondsOf(row, 'ours');
}

function goalText(row: Row, goal: Goal): string {
  const value = valueOf(row, goal);
  const reached = { true: 'reached', false: 'missed', undefined: 'not measured' }[String(isReached(row, goal))];
  return `${wordsOf(goal)}: ${value === undefined || Number.isNaN(value) ? '' : `${value.toFixed(goal.kind === 'memory' ? 0 : 3)}, `}${reached}`;
}

function wordsOf(goal: Goal): string {
  if (goal.kind === 'ratio') return `≤ ${goal.most} of ${goal.to === 'http' ? 'HTTP' : goal.to}`;
  if (goal.kind === 'memory') return `< ${goal.most} MB`;
  return goal.kind === 'line' ? `≥ ${goal.least} of the line` : `< ${goal.most} refused`;
}

function runsOf(row: Row, name: Competitor): readonly Run[] {
  return row.result.competitors[name]?.runs ?? [];
}

function secondsOf(row: Row, name: Competitor): number {
  return median(runsOf(row, name).map(({ seconds }) => seconds));
}

function cell(row: Row, name: Competitor, text: (runs: readonly Run[]) => string): string {
  const runs = runsOf(row, name);
  return runs.length === 0 ? '–' : text(runs);
}

function cost(runs: readonly Run[]): string {
  const memory = median(runs.map((run) => run.memory)) / MB;
  return `${precise(median(runs.map(({ cpuSeconds }) => cpuSeconds)))} / ${memory.toFixed(0)}`;
}

function spread(values: readonly number[]): string {
  const middle = precise(median(values));
  return values.length === 1
    ? `${middle} (once)`
    : `${middle} (${precise(Math.min(...values))}–${precise(Math.max(...values))})`;
}

function ratioText(ratio: Ratio | undefined): string {
  if (ratio === undefined) return '–';
  return `${ratio.median.toFixed(2)} (${ratio.least.toFixed(2)}–${ratio.most.toFixed(2)}) of ${ratio.to}`;
}

function precise(value: number): string {
  return value.toFixed(value < 10 ? 2 : 1);
}

function requestsOf(result: CompetitorResult | undefined): string {
  const { source, destination } = result?.requests ?? {};
  return source === undefined || destination === undefined ? '–' : `${counts(source)}; ${counts(destination)}`;
}

function counts(requests: Counts): string {
  const entries = Object.entries(requests).sort(([a], [b]) => (a < b ? -1 : 1));
  return entries.length === 0 ? 'none' : entries.map(([method, count]) => `${count} ${method}`).join(', ');
}

export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  return [header, header.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
