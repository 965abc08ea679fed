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
    // Credentials belong to the registry, also where its token server refused them.
    const host = (code === 'unauthorized' ? undefined : requestedHost(normalised, match)) ?? hostOf(image);
    const args = { namespace, image, host, secret: secret ?? '', reason: '', object: '', ...found };
    return reconcileFailure(code === 'unauthorized' && secret !== undefined ? 'credentials-refused' : code, args);
  }
  return undefined;
}

/** The host of the request that failed: the last URL before the end of what matched. */
function requestedHost(normalised: string, match: RegExpExecArray): string | undefined {
  const before = normalised.slice(0, match.index + match[0].length);
  return [...before.matchAll(/https?:\/\/([^/"\s]+)\//g)].at(-1)?.[1];
}

/** The registry of a reference as kapp-controller reads it: without a host part it is Docker Hub. */
function hostOf(image: string): string {
  const [first = '', rest] = image.replace(/^https?:\/\//, '').split('/', 2);
  return rest !== undefined && /[.:]|^localhost$/.test(first) ? first : 'index.docker.io';
}
