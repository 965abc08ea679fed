// @ts-check
// cosign, the reference for signatures.
import { join } from 'node:path';
import { ensureCached } from './cache.mjs';
import { goBuild, pinnedVersion } from './go.mjs';
import { isMain } from './run.mjs';

/** @returns {Promise<string>} the program cosign */
export async function ensureCosign() {
  const version = pinnedVersion('cosign', 'github.com/sigstore/cosign/v3');
  const announcement = `Building cosign ${version} from the Go module proxy: it judges the signatures that the tests copy. About four minutes on two cores, once.`;
  const folder = await ensureCached({ name: 'cosign', version, announcement }, (unfinished) =>
    goBuild('cosign', '.', join(unfinished, 'cosign')),
  );
  return join(folder, 'cosign');
}

if (isMain(import.meta.url)) console.log(await ensureCosign());
