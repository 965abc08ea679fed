const UNITS = ['', 'k', 'm', 'g', 't'];

/** Bytes of a text such as 20MiB, 1.5G or 500kB (Ki, Mi, Gi by 1024, the others by 1000); undefined where it is none. */
export function parseSize(text: string): number | undefined {
  const [, number, unit = '', binary] = /^(\d{1,12}(?:\.\d{1,9})?)([kmgt])?(i)?b?$/i.exec(text) ?? [];
  if (number === undefined || (binary !== undefined && unit === '')) return undefined;
  const factor = (binary === undefined ? 1000 : 1024) ** UNITS.indexOf(unit.toLowerCase());
  return Math.round(Number(number) * factor);
}
