import { printable } from '../base/printable.ts';

/**
 * The last lines of a program's output, suitable for an error: without anything that looks like a token, a key or a
 * password.
 */
export function redacted(output: string): string {
  const clean = output
    .slice(-4000)
    .replace(/-----BEGIN [^-]+-----[^]*?(-----END [^-]+-----|$)/g, '[removed]')
    .replace(/\b(bearer|basic)\s+\S+/gi, '$1 [removed]')
    .replace(/((?:password|passwd|secret|token|key)["']?\s*[:=]\s*)\S+/gi, '$1[removed]')
    .replace(/\/\/[^/\s@]+@/g, '//[removed]@')
    .replace(/[\w+/=.-]{40,}/g, (run) => (/[/.-]/.test(run) && !/[\w+=]{40,}/.test(run) ? run : '[removed]'))
    .trim();
  return printable(
    clean
      .split(/\s*\n\s*/)
      .slice(-3)
      .join(' '),
    300,
  );
}
