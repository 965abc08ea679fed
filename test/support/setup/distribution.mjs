// @ts-check
// CNCF Distribution 3, which no Debian package provides yet. It differs from 2.8 in what it keeps of an upload, in its
// responses for one, and in its checks of an index.
import { join } from 'node:path';
import { ensureCached } from './cache.mjs';
import { goBuild, pinnedVersion } from './go.mjs';
import { isMain } from './run.mjs';

const MODULE = 'github.com/distribution/distribution/v3';

/** @returns {Promise<string>} the program of CNCF Distribution 3 */
export async function ensureDistribution3() {
  const version = pinnedVersion('distribution', MODULE);
  const announcement = `Building Distribution ${version} from the Go module proxy: the fault tests run against it. About a minute on two cores, once.`;
  const folder = await ensureCached({ name: 'distribution', version, announcement }, (unfinished) =>
    goBuild('distribution', '.', join(unfinished, 'registry'), { [`${MODULE}/version.version`]: `v${version}` }),
  );
  return join(folder, 'registry');
}

if (isMain(import.meta.url)) console.log(await ensureDistribution3());
