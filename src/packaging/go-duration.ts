const MICROSECOND = 1_000n;
const SECOND = 1_000_000_000n;
/** In nanoseconds; Unicode has two micro signs. */
const UNITS: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: MICROSECOND,
  '\u00b5s': MICROSECOND,
  '\u03bcs': MICROSECOND,
  ms: 1_000_000n,
  s: SECOND,
  m: 60n * SECOND,
  h: 3600n * SECOND,
};
const PART = /(?:(\d+)\.?(\d*)|\.(\d+))(ns|[u\u00b5\u03bc]s|ms|s|m|h)/gy;
/** The limit of Go's signed 64-bit nanoseconds, about 292 years. */
const LONGEST = 2n ** 63n;

/**
 * Parses a Go duration such as `1h30m` or `45s` into milliseconds; undefined if Go's time.ParseDuration rejects it.
 * Days are not supported.
 */
export function parseGoDuration(value: string): number | undefined {
  const isNegative = value.startsWith('-');
  const rest = value.replace(/^[+-]/, '');
  if (rest === '0') return 0;
  let nanoseconds = 0n;
  let end = 0;
  for (const [part, whole = '', decimals = '', alone = '', unit = ''] of rest.matchAll(PART)) {
    const size = UNITS[unit] as bigint;
    const fraction = decimals + alone;
    nanoseconds += BigInt(whole) * size + (BigInt(`0${fraction}`) * size) / 10n ** BigInt(fraction.length);
    end += part.length;
  }
  const longest = isNegative ? LONGEST : LONGEST - 1n;
  if (rest === '' || end < rest.length || nanoseconds > longest) return undefined;
  const milliseconds = Number(nanoseconds) / 1e6;
  return isNegative ? -milliseconds : milliseconds;
}
