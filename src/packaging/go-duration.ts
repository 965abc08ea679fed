const UNITS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

/** Milliseconds of a Go duration such as `1h30m` or `45s`; undefined for what Go's time.ParseDuration refuses. There are no days. */
export function parseGoDuration(value: string): number | undefined {
  const [, sign, rest] = /^([+-]?)(.*)$/s.exec(value) as unknown as [string, string, string];
  if (rest === '0') return 0;
  if (!/^((\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h))+$/.test(rest)) return undefined;
  let milliseconds = 0;
  for (const [, amount, unit] of rest.matchAll(/(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)/g)) {
    milliseconds += Number(amount) * (UNITS[unit as string] as number);
  }
  return sign === '-' ? -milliseconds : milliseconds;
}
