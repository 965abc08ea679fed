import type { Counts, ShapeResult } from './bench-shape.ts';
import type { Measured, Tool } from './run-tool.ts';
import type { Shape } from './shapes.ts';

export interface Row {
  readonly shape: Shape;
  readonly result: ShapeResult;
}

/** The middle one; of an even number the lower of the two. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) / 2)] ?? NaN;
}

export function ratio({ result }: Row): number {
  return median(secondsOf(result, 'ours')) / median(secondsOf(result, 'imgpkg'));
}

export function markdown(rows: readonly Row[]): string {
  const header = [
    'shape',
    'ours, s',
    'imgpkg, s',
    'ratio',
    'target',
    'CPU s',
    'peak MiB',
    'requests at the source',
    'requests at the destination',
  ];
  const lines = rows.map((row) => {
    const { shape, result } = row;
    const both = (text: (tool: Tool) => string) => `${text('ours')} / ${text('imgpkg')}`;
    const middle = (tool: Tool, value: (run: Measured) => number) => median(result.runs[tool].map(value));
    return [
      shape.name,
      times(secondsOf(result, 'ours')),
      times(secondsOf(result, 'imgpkg')),
      ratio(row).toFixed(2),
      shape.target === undefined ? '' : `≤ ${shape.target}`,
      both((tool) => middle(tool, ({ cpuSeconds }) => cpuSeconds).toFixed(1)),
      both((tool) => (middle(tool, ({ memory }) => memory) / 1024 / 1024).toFixed(0)),
      both((tool) => counts(result.requests[tool].source)),
      both((tool) => counts(result.requests[tool].destination)),
    ];
  });
  return [header, header.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function secondsOf(result: ShapeResult, tool: Tool): number[] {
  return result.runs[tool].map(({ seconds }) => seconds);
}

function times(values: readonly number[]): string {
  return `${median(values).toFixed(2)} (${Math.min(...values).toFixed(2)}–${Math.max(...values).toFixed(2)})`;
}

function counts(requests: Counts): string {
  const entries = Object.entries(requests).sort(([a], [b]) => (a < b ? -1 : 1));
  return entries.length === 0 ? '0' : entries.map(([method, count]) => `${count} ${method}`).join(', ');
}
