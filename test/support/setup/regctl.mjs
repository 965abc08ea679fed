// @ts-check
// regctl, one of the tools that the benchmark compares with. No test needs it.
import { join } from 'node:path';
import { ensureCached } from './cache.mjs';
import { goBuild, pinnedVersion } from './go.mjs';
import { isMain } from './run.mjs';

const MODULE = 'github.com/regclient/regclient';

/** @returns {Promise<string>} the program regctl */
export async function ensureRegctl() {
  const version = pinnedVersion('regctl', MODULE);
  const announcement = `Building regctl ${version} from the Go module proxy: the benchmark compares with it. About a minute on two cores, once.`;
  const folder = await ensureCached({ name: 'regctl', version, announcement }, (unfinished) =>
    goBuild('regctl', `${MODULE}/cmd/regctl`, join(unfinished, 'regctl')),
  );
  return join(folder, 'regctl');
}

if (isMain(import.meta.url)) console.log(await ensureRegctl());
