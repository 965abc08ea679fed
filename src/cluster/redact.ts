import { printable } from '../base/printable.ts';

/** What a program printed, fit for an error: the last lines, without what looks like a token, a key or a password. */
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
