import { carvelAirgap } from '../support/cli.ts';

/** What the command line can do already: the flags of `copy` that its help names. */
export async function copyFlags(): Promise<ReadonlySet<string>> {
  const { stdout, stderr } = await carvelAirgap(['copy', '--help']);
  const flags = (stdout + stderr).matchAll(/^ +(?:(-[a-z]), )?(--[a-z][a-z-]*)/gm);
  return new Set(Array.from(flags, ([, short, long]) => [short ?? '', long ?? '']).flat());
}
