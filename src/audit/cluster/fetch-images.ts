import { array, defined, isRecord, record, text } from '../../base/json.ts';
import type { JsonRecord } from '../../base/json.ts';
import { resolvedBundle } from '../../packaging/resolved-bundle.ts';
import type { AuditFinding } from '../finding.ts';
import type { ImageUse } from './image-use.ts';
import { titleOf } from './object-scan.ts';

/** Content that kapp-controller fetches from a server that is not a registry. */
export interface RemoteSource {
  readonly kind: 'http' | 'git' | 'helmChart';
  readonly url: string;
  /** What fetches it. */
  readonly user: string;
}

export interface FetchedImages {
  readonly uses: readonly ImageUse[];
  readonly remotes: readonly RemoteSource[];
  readonly notChecked: readonly AuditFinding[];
}

/** kapp-controller uses the first of these that is set (pkg/fetch/vendir.go). */
const KINDS = ['inline', 'image', 'http', 'git', 'helmChart', 'imgpkgBundle'] as const;

/** What an App or a PackageRepository fetches. Inline content is in the object itself. */
export function fetchedImages(kind: 'App' | 'PackageRepository', value: unknown): FetchedImages {
  const object = record(value);
  const metadata = record(object['metadata']);
  const namespace = text(metadata['namespace']) ?? '';
  const name = text(metadata['name']) ?? '';
  const { fetch } = record(object['spec']);
  const steps = Array.isArray(fetch) ? array(fetch) : [fetch];
  const stdout = text(record(record(object['status'])['fetch'])['stdout']);
  const results = steps.map(record).map((step, index) =>
    stepImages(step, {
      namespace,
      object: titleOf(kind, namespace, name),
      place: steps.length > 1 ? `fetch step ${index + 1}` : 'fetch',
      // kapp-controller creates this Secret if the step names none (kapp-controller docs, "Secretgen").
      placeholder: `${name}-fetch-${index}`,
      ...defined({ selected: resolvedBundle(stdout)?.image }),
    }),
  );
  return {
    uses: results.flatMap(({ uses }) => uses),
    remotes: results.flatMap(({ remotes }) => remotes),
    notChecked: results.flatMap(({ notChecked }) => notChecked),
  };
}

interface StepContext {
  readonly namespace: string;
  readonly object: string;
  readonly place: string;
  readonly placeholder: string;
  /** The image that a tagSelection resolved to. */
  readonly selected?: string;
}

function stepImages(step: JsonRecord, context: StepContext): FetchedImages {
  const { object, namespace, place, placeholder, selected } = context;
  const kind = KINDS.find((each) => isRecord(step[each]));
  const options = record(kind === undefined ? undefined : step[kind]);
  const nothing: FetchedImages = { uses: [], remotes: [], notChecked: [] };
  const fetched = (image: string, secretRef: unknown): FetchedImages => {
    const pullSecrets = [text(record(secretRef)['name']) ?? placeholder];
    return { ...nothing, uses: [{ image, reason: 'fetch', namespace, object, place, pullSecrets }] };
  };
  switch (kind) {
    case 'image':
    case 'imgpkgBundle': {
      const source = text(kind === 'image' ? options['url'] : options['image']);
      if (source === undefined) return nothing;
      if (!isRecord(options['tagSelection'])) return fetched(source, options['secretRef']);
      if (selected !== undefined) return fetched(selected, options['secretRef']);
      return {
        ...nothing,
        notChecked: [{ code: 'selection-unknown', args: { user: object, repository: source } }],
      };
    }
    case 'helmChart': {
      const { url, secretRef } = record(options['repository']);
      const source = text(url);
      const [name, version] = [text(options['name']), text(options['version'])];
      if (source?.startsWith('oci://') === true && name !== undefined && version !== undefined) {
        // Helm replaces the character that tags cannot contain.
        const chart = `${source.slice('oci://'.length).replace(/\/$/, '')}/${name}:${version.replaceAll('+', '_')}`;
        return fetched(chart, secretRef);
      }
      return source === undefined ? nothing : { ...nothing, remotes: [{ kind, url: source, user: object }] };
    }
    case 'http':
    case 'git': {
      const url = text(options['url']);
      return url === undefined ? nothing : { ...nothing, remotes: [{ kind, url, user: object }] };
    }
    case 'inline':
    case undefined:
    default:
      return nothing;
  }
}

/**
 * Whether a server counts as inside: its host is the host of an entry, with any port, or it is a Service of the cluster
 * itself.
 */
export function isRemoteInside(inside: readonly string[], url: string): boolean {
  const host = hostOf(url);
  if (host === undefined) return false;
  if (/\.svc(?:\.cluster\.local)?$/.test(host)) return true;
  return inside.some((each) => hostOf(`https://${each}`) === host);
}

/** The host of a URL, or of git's short form `git@host:path`. */
function hostOf(url: string): string | undefined {
  if (URL.canParse(url)) {
    // Schemes other than those of the web keep the case of the host.
    const { hostname } = new URL(url);
    if (hostname !== '') return hostname.toLowerCase();
  }
  return /^(?:[^@/\s]+@)?([^:/\s]+):(?!\/\/)/.exec(url)?.[1]?.toLowerCase();
}

/** A URL without a password. */
export function printableUrl(url: string): string {
  return url.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^@/]*@/i, '$1');
}
