// @ts-check
// The library of the Notary Project, the reference for Notation signatures: see ../tools/notation/main.go.
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ensureCached } from './cache.mjs';
import { goBuild, pinnedVersion, toolsFolder } from './go.mjs';
import { isMain } from './run.mjs';

/** @returns {Promise<string>} the program */
export async function ensureNotation() {
  const library = pinnedVersion('notation', 'github.com/notaryproject/notation-go');
  const source = await readFile(join(toolsFolder('notation'), 'main.go'));
  const version = `${library}-${createHash('sha256').update(source).digest('hex').slice(0, 8)}`;
  const announcement = `Building a program with notation-go ${library} from the Go module proxy: it makes and judges the Notation signatures that the tests copy. Half a minute on two cores, once.`;
  const folder = await ensureCached({ name: 'notation', version, announcement }, (unfinished) =>
    goBuild('notation', '.', join(unfinished, 'notation')),
  );
  return join(folder, 'notation');
}

if (isMain(import.meta.url)) console.log(await ensureNotation());
