// @ts-check
// olareg, a registry with the OCI 1.1 referrers API, which Distribution does not have.
import { join } from 'node:path';
import { ensureCached } from './cache.mjs';
import { goBuild, pinnedVersion } from './go.mjs';
import { isMain } from './run.mjs';

const MODULE = 'github.com/olareg/olareg';

/** @returns {Promise<string>} the program olareg */
export async function ensureOlareg() {
  const version = pinnedVersion('olareg', MODULE);
  const announcement = `Building olareg ${version} from the Go module proxy: a registry that lists referrers. Half a minute on two cores, once.`;
  const folder = await ensureCached({ name: 'olareg', version, announcement }, (unfinished) =>
    goBuild('olareg', '.', join(unfinished, 'olareg')),
  );
  return join(folder, 'olareg');
}

if (isMain(import.meta.url)) console.log(await ensureOlareg());
