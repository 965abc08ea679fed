import type { AirgapError } from '../base/errors.ts';
import { reconcileFailure } from './failure-catalog.ts';
import { FAILURES } from './failure-table.ts';
import { normaliseFailure } from './failure-text.ts';
import type { PackageRepository } from './package-repository.ts';

/**
 * What a failure's text means and what to do about it; undefined for one that is not in the table. The text may be the cluster's
 * own or a normalised one (reference/packaging-apis.md 6.2 to 6.4).
 */
export function explainFailure(
  message: string,
  repository: Pick<PackageRepository, 'namespace' | 'source'>,
): AirgapError | undefined {
  const normalised = normaliseFailure(message);
  for (const { code, pattern } of FAILURES) {
    const match = pattern.exec(normalised);
    if (match === null) continue;
    const { source, namespace } = repository;
    const image = source.kind === 'imgpkgBundle' ? source.image : 'url' in source ? (source.url ?? '') : '';
    const secret = source.kind === 'imgpkgBundle' ? source.secretName : undefined;
    const found = Object.fromEntries(Object.entries(match.groups ?? {}).filter(([, text]) => text !== undefined));
    const args = { namespace, image, host: hostOf(image), secret: secret ?? '', reason: '', object: '', ...found };
    return reconcileFailure(code === 'unauthorized' && secret !== undefined ? 'credentials-refused' : code, args);
  }
  return undefined;
}

/** The registry of a reference as kapp-controller reads it: without a host part it is Docker Hub. */
function hostOf(image: string): string {
  const [first = '', rest] = image.replace(/^https?:\/\//, '').split('/', 2);
  return rest !== undefined && /[.:]|^localhost$/.test(first) ? first : 'index.docker.io';
}
