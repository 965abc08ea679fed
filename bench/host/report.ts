import { median } from '../report.ts';
import { LOADS, type Activation, type Delays, type Load, type Measured } from './plan.ts';

const NAMES: Readonly<Record<Load, string>> = {
  idle: 'nothing',
  ours: 'the extension relocates',
  'command-line': 'our command line copies (control)',
  imgpkg: 'imgpkg copies (control)',
};

/** A row for each load: the median of the rounds, and in brackets the least and the most of them. */
export function delaysTable(measured: readonly Measured[]): string {
  const columns: readonly [string, (of: readonly Measured[]) => string][] = [
    ['event loop, ms', (of) => delays(of.map(({ eventLoop }) => eventLoop))],
    ['fs.stat, ms', (of) => delays(of.map(({ stat }) => stat))],
    ['dns.lookup, ms', (of) => delays(of.map(({ lookup }) => lookup))],
    ['loop busy, %', (of) => median(of.map(({ busy }) => busy * 100)).toFixed(1)],
    ['CPU of the host, %', (of) => median(of.map(({ cpu }) => cpu * 100)).toFixed(1)],
    ['MB/s', (of) => rates(of.map(({ rate }) => rate).filter((rate) => rate > 0))],
  ];
  const rows = LOADS.map((load) => {
    const rounds = measured.filter((each) => each.load === load);
    return [NAMES[load], ...columns.map(([, cell]) => cell(rounds))];
  });
  return table([['while', ...columns.map(([name]) => name)], ...rows]);
}

export function activationTable(starts: readonly Activation[]): string {
  const column = (values: readonly number[]) => ({
    median: median(values).toFixed(1),
    max: Math.max(...values).toFixed(1),
  });
  const rows = [['', 'ours'] as const, [", VS Code's own for Git (control)", 'git'] as const].flatMap(
    ([whose, key]) => {
      const costs = starts.map((each) => each[key]);
      return [
        [`load the bundle${whose}`, column(costs.map(({ load }) => load))] as const,
        [`activate()${whose}`, column(costs.map(({ activate }) => activate))] as const,
        [`both${whose}`, column(costs.map(({ load, activate }) => load + activate))] as const,
      ];
    },
  );
  const first = ['the first command, with all that it loads', column(starts.map(({ firstUse }) => firstUse))] as const;
  return table([
    [`${starts.length} cold starts`, 'median, ms', 'most, ms'],
    ...[...rows, first].map(([name, { median: middle, max }]) => [name, middle, max]),
  ]);
}

function rates(known: readonly number[]): string {
  return known.length === 0 ? '–' : (median(known) / 1e6).toFixed(0);
}

/** p50, p99 and the most. */
function delays(rounds: readonly Delays[]): string {
  const each = (value: (of: Delays) => number) => rounds.map(value);
  const p99 = each((of) => of.p99);
  const [p50, most] = [median(each((of) => of.p50)), Math.max(...each((of) => of.max))];
  const range = `${Math.min(...p99).toFixed(1)}–${Math.max(...p99).toFixed(1)}`;
  return `${p50.toFixed(1)} / ${median(p99).toFixed(1)} (${range}) / ${most.toFixed(0)}`;
}

function table([header = [], ...rows]: readonly string[][]): string {
  return [header, header.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
