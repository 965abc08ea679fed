import { measure } from './measure.ts';
import { median, table } from './report.ts';
import { programOf, type Tool } from './tools.ts';

const TIMEOUT = 60_000;
/** What a start may cost more than that of Node alone. */
const MOST = 60;

/** CPU milliseconds of `--help`, in each round. */
export type StartResult = Readonly<Partial<Record<Tool | 'node', readonly number[]>>>;

/** What it costs to start each tool, and Node with nothing to do; one after the other in each round. */
export async function benchStart(rounds: number, tools: readonly Tool[], homes: string): Promise<StartResult> {
  const figures: Partial<Record<Tool | 'node', number[]>> = {};
  for (let round = 0; round < rounds; round++) {
    for (const name of ['node', ...tools] as const) {
      const program = name === 'node' ? { command: [process.execPath], env: {} } : await programOf(name);
      const command = [...program.command, ...(name === 'node' ? ['-e', '0'] : ['--help'])];
      const env = { HOME: `${homes}/${name === 'node' ? 'ours' : name}`, ...program.env };
      const { cpuSeconds } = await measure(command, { env, timeout: TIMEOUT });
      (figures[name] ??= []).push(cpuSeconds * 1000);
    }
  }
  return figures;
}

/** CPU milliseconds of ours more than Node alone, the median of the rounds. */
export function startCost({ node = [], ours = [] }: StartResult): number {
  return median(ours.map((value, round) => value - (node[round] ?? NaN)));
}

export function startTable(result: StartResult): string {
  const names = Object.keys(result) as (keyof StartResult)[];
  const figures = names.map((name) => {
    const values = result[name] ?? [];
    return `${median(values).toFixed(0)} (${Math.min(...values).toFixed(0)}–${Math.max(...values).toFixed(0)})`;
  });
  const cost = startCost(result);
  const header = [
    'CPU of `--help`, ms',
    ...names.map((name) => (name === 'node' ? 'Node alone' : name)),
    'ours more than Node',
    'goal',
  ];
  return table(header, [
    ['median (least–most)', ...figures, cost.toFixed(0), `≤ ${MOST} more: ${cost <= MOST ? 'reached' : 'missed'}`],
  ]);
}
