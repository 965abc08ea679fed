const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'];

/** Formats a size in decimal units, such as "12.3 MB". */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 999.95 && unit < UNITS.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 ? Math.round(value) : value.toFixed(1)} ${UNITS[unit] ?? ''}`;
}

/** Formats a duration, such as "0.4 s", "45 s", "3 min 20 s" or "2 h 5 min". */
export function formatSeconds(seconds: number): string {
  if (seconds > 0 && seconds < 1) return `${Math.max(0.1, seconds).toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

/** Formats a number of things, such as "1 image" or "2 images"; only for nouns with a regular plural. */
export function formatCount(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

const FACTORS = ['', 'k', 'm', 'g', 't'];

/**
 * Parses a size such as 20MiB, 1.5G or 500kB into bytes (Ki, Mi, Gi by 1024, the others by 1000); undefined if invalid.
 */
export function parseSize(text: string): number | undefined {
  const [, number, unit = '', binary] = /^(\d{1,12}(?:\.\d{1,9})?)([kmgt])?(i)?b?$/i.exec(text) ?? [];
  if (number === undefined || (binary !== undefined && unit === '')) return undefined;
  const factor = (binary === undefined ? 1000 : 1024) ** FACTORS.indexOf(unit.toLowerCase());
  return Math.round(Number(number) * factor);
}
