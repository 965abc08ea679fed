import { makeTemporaryFolder } from './lifetime.ts';
import { type Outcome, type RunOptions, runProgram } from './run-program.ts';
import { ensureImgpkg } from './setup/carvel.mjs';

/** Runs the real imgpkg with an empty home folder, so that it finds none of the developer's credentials. */
export async function imgpkg(args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  const program = await ensureImgpkg();
  const home = await makeTemporaryFolder('home');
  try {
    return await runProgram(program, args, { ...options, env: { HOME: home.path, ...options.env } });
  } finally {
    await home.remove();
  }
}
