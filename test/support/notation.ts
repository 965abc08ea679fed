import { makeTemporaryFolder } from './lifetime.ts';
import { outputOf, runProgram } from './run-program.ts';
import { ensureNotation } from './setup/notation.mjs';

/** Signs and verifies as the Notary Project does, with a key and certificate of its own. */
export interface Notation {
  /** @param references registry/path@digest; each gets one signature of this format */
  sign(references: readonly string[], format: 'jws' | 'cose'): Promise<void>;
  /** @returns why one of the images does not verify; undefined if all do */
  verify(references: readonly string[]): Promise<string | undefined>;
  remove(): Promise<void>;
}

export async function startNotation(): Promise<Notation> {
  const program = await ensureNotation();
  const folder = await makeTemporaryFolder('notation');
  await outputOf(program, ['key', folder.path]);
  return {
    async sign(references, format) {
      await outputOf(program, ['sign', folder.path, format, ...references]);
    },
    async verify(references) {
      const { code, stderr } = await runProgram(program, ['verify', folder.path, ...references]);
      return code === 0 ? undefined : stderr;
    },
    remove: () => folder.remove(),
  };
}
