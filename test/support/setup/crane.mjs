// @ts-check
// `crane registry serve`, the registry of go-containerregistry, imgpkg's library. It differs from Distribution in the
// names of uploads, in mounts, and in that it keeps only the digest of a blob.
import { join } from 'node:path';
import { ensureCached } from './cache.mjs';
import { goBuild, pinnedVersion } from './go.mjs';
import { isMain } from './run.mjs';

const MODULE = 'github.com/google/go-containerregistry';

/** @returns {Promise<string>} the program crane */
export async function ensureCrane() {
  const version = pinnedVersion('crane', MODULE);
  const announcement = `Building crane ${version} from the Go module proxy: its registry is one that the tests copy to. About a minute on two cores, once.`;
  const folder = await ensureCached({ name: 'crane', version, announcement }, (unfinished) =>
    goBuild('crane', `${MODULE}/cmd/crane`, join(unfinished, 'crane'), {
      [`${MODULE}/cmd/crane/cmd.Version`]: version,
    }),
  );
  return join(folder, 'crane');
}

if (isMain(import.meta.url)) console.log(await ensureCrane());
