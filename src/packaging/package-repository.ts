import { PACKAGE_REPOSITORY_API_VERSION, PACKAGE_REPOSITORY_KIND } from './api-groups.ts';
import { defined, isRecord, record, text, textMap, wholeNumber } from '../base/json.ts';
import { parseTimes } from './object-metadata.ts';
import type { ObjectTimes } from './object-metadata.ts';
import { parseReconcileStatus } from './reconcile-status.ts';
import type { ReconcileStatus } from './reconcile-status.ts';

/** The used fields of a PackageRepository. Times are milliseconds since the epoch. */
export interface PackageRepository extends ObjectTimes {
  readonly namespace: string;
  readonly name: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly generation?: number;
  readonly annotations: Readonly<Record<string, string>>;
  readonly paused: boolean;
  /** A Go duration in its original spelling, possibly empty; kapp-controller uses 10m if there is none. */
  readonly syncPeriod?: string;
  readonly source: RepositorySource;
  readonly status?: ReconcileStatus;
}

/** The source in `spec.fetch` that kapp-controller would use. */
export type RepositorySource =
  | {
      readonly kind: 'imgpkgBundle';
      /** The reference in its original spelling; empty if there is none. */
      readonly image: string;
      readonly secretName?: string;
      readonly constraints?: string;
    }
  | { readonly kind: 'inline' | 'image' | 'http' | 'git'; readonly url?: string }
  | { readonly kind: 'none' };

/**
 * Parses an object from a list, a watch or a file; undefined if it is not a PackageRepository with name and namespace.
 */
export function parsePackageRepository(value: unknown): PackageRepository | undefined {
  const object = record(value);
  const metadata = record(object['metadata']);
  const name = text(metadata['name']);
  const namespace = text(metadata['namespace']);
  if (name === undefined || namespace === undefined) return undefined;
  // Older servers omit apiVersion and kind from list items.
  if ((object['apiVersion'] ?? PACKAGE_REPOSITORY_API_VERSION) !== PACKAGE_REPOSITORY_API_VERSION) return undefined;
  if ((object['kind'] ?? PACKAGE_REPOSITORY_KIND) !== PACKAGE_REPOSITORY_KIND) return undefined;
  const spec = record(object['spec']);
  return {
    namespace,
    name,
    ...parseTimes(metadata),
    annotations: textMap(metadata['annotations']),
    paused: spec['paused'] === true,
    source: parseSource(spec['fetch']),
    ...defined({
      uid: text(metadata['uid']),
      resourceVersion: text(metadata['resourceVersion']),
      generation: wholeNumber(metadata['generation']),
      syncPeriod: typeof spec['syncPeriod'] === 'string' ? spec['syncPeriod'] : undefined,
      status: parseReconcileStatus(object['status']),
    }),
  };
}

function parseSource(value: unknown): RepositorySource {
  const fetch = record(value);
  // In kapp-controller's order of precedence (pkg/fetch/vendir.go).
  for (const kind of ['inline', 'image', 'http', 'git'] as const) {
    if (isRecord(fetch[kind])) return { kind, ...defined({ url: text(fetch[kind]['url']) }) };
  }
  const bundle = fetch['imgpkgBundle'];
  if (!isRecord(bundle)) return { kind: 'none' };
  return {
    kind: 'imgpkgBundle',
    image: text(bundle['image']) ?? '',
    ...defined({
      secretName: text(record(bundle['secretRef'])['name']),
      constraints: text(record(record(bundle['tagSelection'])['semver'])['constraints']),
    }),
  };
}
