import { join } from 'node:path';

import { outputOf } from './run-program.ts';
import { unpackDebian } from './setup/debian.mjs';

/** Runs Debian's skopeo, which must succeed, without checking signatures. */
export async function skopeo(args: readonly string[]): Promise<string> {
  const why = 'skopeo reads and writes OCI image layouts';
  const root = await unpackDebian('skopeo', why);
  const libraries: string[] = [];
  for (const name of ['libgpgme11', 'libassuan0', 'libdevmapper1.02.1']) {
    const folder = await unpackDebian(name, why);
    libraries.push(join(folder, 'usr/lib/x86_64-linux-gnu'), join(folder, 'lib/x86_64-linux-gnu'));
  }
  const env = { LD_LIBRARY_PATH: libraries.join(':'), HOME: '/nonexistent' };
  return outputOf(join(root, 'usr/bin/skopeo'), ['--insecure-policy', ...args], { env });
}
