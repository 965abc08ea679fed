// @ts-check
// actionlint checks the workflows in .github.
import { join } from 'node:path';
import { ensureCached } from './cache.mjs';
import { goBuild, pinnedVersion } from './go.mjs';
import { isMain } from './run.mjs';

const MODULE = 'github.com/rhysd/actionlint';

/** @returns {Promise<string>} the program */
export async function ensureActionlint() {
  const version = pinnedVersion('actionlint', MODULE);
  const announcement = `Building actionlint ${version} from the Go module proxy: it checks the workflows. Half a minute on two cores, once.`;
  const folder = await ensureCached({ name: 'actionlint', version, announcement }, (unfinished) =>
    goBuild('actionlint', `${MODULE}/cmd/actionlint`, join(unfinished, 'actionlint')),
  );
  return join(folder, 'actionlint');
}

if (isMain(import.meta.url)) console.log(await ensureActionlint());
