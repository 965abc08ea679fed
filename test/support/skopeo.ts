import { outputOf } from './run-program.ts';
import { ensureSkopeo } from './setup/debian.mjs';

/** Runs Debian's skopeo, which must succeed, without checking signatures. */
export async function skopeo(args: readonly string[]): Promise<string> {
  const { program, libraries } = await ensureSkopeo();
  const env = { LD_LIBRARY_PATH: libraries.join(':'), HOME: '/nonexistent' };
  return outputOf(program, ['--insecure-policy', ...args], { env });
}
