import { readFile } from 'node:fs/promises';

import { parseJson } from '../../oci/json.ts';
import { requestOfFailed } from '../../relocation/report-document.ts';
import type { RelocationRequest } from '../../relocation/request.ts';
import { cliError } from '../errors.ts';

/**
 * What `--retry-failed` does: see requestOfFailed.
 * @throws cli.report-invalid
 */
export async function readFailed(path: string): Promise<RelocationRequest> {
  const invalid = (reason: string): Error => cliError('report-invalid', { path, reason });
  const bytes = await readFile(path).catch((error: unknown) => {
    throw invalid(error instanceof Error ? error.message : String(error));
  });
  return requestOfFailed(parseJson(bytes), invalid);
}
