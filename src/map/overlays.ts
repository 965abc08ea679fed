import type { AuditReport, AuditStatus } from '../audit/report.ts';
import { tryParseReference } from '../oci/reference.ts';
import type { DescribedImage, Description } from '../relocation/describe.ts';
import type { PlannedImage, PlanSummary } from '../relocation/plan/plan-summary.ts';
import type { RelocationReport } from '../relocation/report/report.ts';
import { buildMap, inTreeOrder } from './build-map.ts';
import type { BundleMap, MapItem, MapState } from './map-data.ts';

const STATUSES: Readonly<Record<AuditStatus, MapState>> = {
  inside: 'inside',
  missing: 'missing',
  outside: 'outside',
  unauthenticated: 'unknown',
  unknown: 'unknown',
};

/** What is known of an image without reading it. */
interface ListedImage {
  readonly reference: string;
  readonly digest?: string;
  readonly kind?: DescribedImage['kind'];
  readonly bytes?: number;
  readonly state: MapState;
}

/** A map of an audit: the images of the bundle, and those that only Packages or the cluster name. */
export function mapOfAudit(report: AuditReport, description: Description | undefined): BundleMap {
  const images = report.images.map(({ reference, origin, kind, status }): ListedImage => ({
    reference,
    ...digestIn(reference, origin),
    ...(kind === undefined ? {} : { kind }),
    state: STATUSES[status],
  }));
  return overlay(report.target, images, description, 'unknown');
}

/** A map of what a relocation did: `copied` images have the state `copy`, failed ones are `missing`. */
export function mapOfReport(
  { source, results = [], failed }: RelocationReport,
  description: Description | undefined,
): BundleMap {
  const lost = failed.filter(({ digest }) => !results.some((each) => each.digest === digest));
  const images = [
    ...results.map(({ reference, digest, kind, bytes, result }): ListedImage => {
      const states = { copied: 'copy', present: 'inside', failed: 'missing' } as const;
      return { reference, digest, kind, bytes, state: states[result] };
    }),
    ...lost.map(({ reference, digest }): ListedImage => ({ reference, digest, state: 'missing' })),
  ];
  return overlay(source, images, description, 'inside');
}

/** A map of what a relocation would do. Blobs that the destination has are inside, although their image is copied. */
export function mapOfPlan(
  { source, images, missing, blobs = [] }: PlanSummary,
  description: Description | undefined,
): BundleMap {
  const listed = [
    ...images.map(({ reference, digest, kind, bytes, action }): ListedImage => {
      const state = action === 'copy' ? 'copy' : 'inside';
      return { reference, digest, kind, bytes, state };
    }),
    ...missing.map(({ reference, digest }): ListedImage => ({ reference, digest, state: 'missing' })),
  ];
  const states = { copy: 'copy', mount: 'copy', present: 'inside', skip: 'outside', omit: 'outside' } as const;
  const ofBlobs = new Map<string, MapState>(blobs.map(({ digest, action }) => [digest, states[action]]));
  return overlay(source, listed, description, 'inside', ofBlobs);
}

/** A map of what a running relocation has copied so far (state `inside`), and what it has yet to copy. */
export function mapOfRun(
  source: string,
  images: readonly PlannedImage[],
  results: ReadonlyMap<string, 'copied' | 'failed'>,
  description: Description | undefined,
): BundleMap {
  const states = { copied: 'inside', failed: 'missing', copy: 'copy', present: 'inside' } as const;
  const listed = images.map(({ reference, digest, kind, bytes, action }): ListedImage => {
    return { reference, digest, kind, bytes, state: states[results.get(digest) ?? action] };
  });
  return overlay(source, listed, description, 'copy');
}

/** A map of what an image has that `base` does not have (state `copy`), as a delta since that would carry it. */
export function mapOfChanges(description: Description, base: Description): BundleMap {
  const known = new Set(buildMap(base, { imageState: () => 'inside' }).items.map(({ digest }) => digest));
  const state = (digest: string): MapState => (known.has(digest) ? 'inside' : 'copy');
  return buildMap(description, { imageState: ({ digest }) => state(digest), blobState: state });
}

/**
 * A map with the states of listed images. Those that the description does not contain are added below the root.
 * @param otherwise the state of images that are not listed
 */
function overlay(
  source: string,
  listed: readonly ListedImage[],
  description: Description = listOf(source, listed),
  otherwise: MapState = 'unknown',
  blobs: ReadonlyMap<string, MapState> = new Map(),
): BundleMap {
  const states = new Map(
    listed.flatMap(({ digest, state }) => (digest === undefined ? [] : [[digest, state] as const])),
  );
  const map = buildMap(description, {
    imageState: ({ digest }) => states.get(digest) ?? otherwise,
    blobState: (digest) => blobs.get(digest),
  });
  const known = new Set(map.items.map(({ digest }) => digest));
  const more = listed.filter(({ digest }) => digest === undefined || !known.has(digest));
  if (more.length === 0) return map;
  const added = more.map((each): MapItem => {
    const { reference, digest, kind = 'image', bytes = 0, state } = each;
    const own = { kind, parent: 0, name: pathOf(reference), reference, bytes, full: bytes, state };
    return digest === undefined ? own : { ...own, digest };
  });
  return { items: inTreeOrder([...map.items, ...added]) };
}

/** The root alone, to which the listed images are added. */
function listOf(source: string, [first]: readonly ListedImage[]): Description {
  const totals = { images: 0, bundles: 0, blobs: 0, bytes: 0 };
  const digest = tryParseReference(first?.reference ?? '')?.digest;
  if (first?.kind !== 'bundle' || digest === undefined) return { source, roots: [], totals };
  const { reference, bytes = 0 } = first;
  const root = { reference, digest, kind: first.kind, mediaType: '', bytes, wholeBytes: bytes, blobs: [], images: [] };
  return { source, roots: [root], totals };
}

function digestIn(...references: readonly string[]): { digest?: string } {
  for (const reference of references) {
    const digest = tryParseReference(reference)?.digest;
    if (digest !== undefined) return { digest };
  }
  return {};
}

function pathOf(reference: string): string {
  const place = reference.split('@')[0] ?? reference;
  return place.slice(place.indexOf('/') + 1);
}
