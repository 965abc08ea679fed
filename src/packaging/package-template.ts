import { array, defined, isRecord, record, text } from './json.ts';

const FETCH_KINDS = ['imgpkgBundle', 'image', 'http', 'git', 'helmChart', 'inline'] as const;

/** One step of `spec.template.spec.fetch` of a Package (reference/packaging-apis.md 1.6 and 1.7). */
export interface PackageFetch {
  readonly kind: (typeof FETCH_KINDS)[number] | 'unknown';
  /** An image reference, or a URL, as written; absent where it is none, as in a template that was not rendered. */
  readonly source?: string;
}

/** What a Package's App will fetch, and whether it puts the lock of what it fetched to use. */
export interface PackageTemplate {
  readonly fetches: readonly PackageFetch[];
  /** It has a kbld step that reads `.imgpkg/images.yml`: only then are its workload's images rewritten. */
  readonly usesLock: boolean;
}

/** @param spec `spec.template.spec` of a Package */
export function parsePackageTemplate(spec: unknown): PackageTemplate {
  const { fetch, template } = record(spec);
  return {
    fetches: array(fetch).map(record).map(parseFetch),
    usesLock: array(template).some((step) => array(record(record(step)['kbld'])['paths']).some(isLockPath)),
  };
}

/** The image references of the fetch steps, in order. */
export function fetchedImages({ fetches }: PackageTemplate): string[] {
  return fetches
    .filter(({ kind }) => kind === 'imgpkgBundle' || kind === 'image')
    .map(({ source }) => source)
    .filter((source) => source !== undefined);
}

function parseFetch(step: Readonly<Record<string, unknown>>): PackageFetch {
  const kind = FETCH_KINDS.find((each) => isRecord(step[each]));
  if (kind === undefined) return { kind: 'unknown' };
  const options = record(step[kind]);
  const source = kind === 'imgpkgBundle' ? options['image'] : kind === 'helmChart' ? chartUrl(options) : options['url'];
  return { kind, ...defined({ source: text(source) }) };
}

function chartUrl(options: Readonly<Record<string, unknown>>): unknown {
  return record(options['repository'])['url'];
}

/** With several fetch steps each has a folder of its own, named by its number. */
function isLockPath(path: unknown): boolean {
  return typeof path === 'string' && /(?:^|\/)\.imgpkg(?:\/images\.yml|\/?)$/.test(path);
}
