// @ts-check
// oras, which lists referrers independently of cosign and of us.
import { join } from 'node:path';
import { ensureCached } from './cache.mjs';
import { goBuild, pinnedVersion } from './go.mjs';
import { isMain } from './run.mjs';

const MODULE = 'oras.land/oras';

/** @returns {Promise<string>} the program oras */
export async function ensureOras() {
  const version = pinnedVersion('oras', MODULE);
  const announcement = `Building oras ${version} from the Go module proxy: it lists the referrers that the tests copy. About a minute on two cores, once.`;
  const folder = await ensureCached({ name: 'oras', version, announcement }, (unfinished) =>
    goBuild('oras', `${MODULE}/cmd/oras`, join(unfinished, 'oras')),
  );
  return join(folder, 'oras');
}

if (isMain(import.meta.url)) console.log(await ensureOras());
