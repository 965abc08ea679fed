import type { SourceShape } from './source.ts';
import { IMAGE_TOOLS, type Peer } from './tools.ts';

/** What has to be reached. Ratios are those of the times of the same round, their median. */
export type Goal =
  | { readonly kind: 'ratio'; readonly to: Peer | 'best' | 'http'; readonly most: number }
  /** Peak memory of ours in MB. */
  | { readonly kind: 'memory'; readonly most: number }
  /** Share of what the line could carry in the same time. */
  | { readonly kind: 'line'; readonly least: number }
  /** Share of the requests of ours that the registry refuses. */
  | { readonly kind: 'refused'; readonly most: number };

export interface Shape {
  /** For `--shape`. */
  readonly id: string;
  readonly name: string;
  readonly source: SourceShape;
  /**
   * `unchanged`: the destination has everything. `changed`: it has everything but one image in twenty. `mounted`: source and
   * destination are repositories of the same registry. `to-tar`, `from-tar`: one side is a tar.
   */
  readonly kind: 'copy' | 'unchanged' | 'changed' | 'mounted' | 'to-tar' | 'from-tar';
  /** Milliseconds to both registries and back; default 0. */
  readonly roundTrip?: number;
  /** Both registries use HTTPS, with certificates that the tools trust. The same over HTTP is one of those compared. */
  readonly tls?: true;
  /** Of the line from the source. */
  readonly bytesPerSecond?: number;
  /** What each of the registries answers before it refuses. */
  readonly requestsPerSecond?: number;
  readonly goals: readonly Goal[];
  /** In the order in which they are measured if time is short. */
  readonly peers: readonly Peer[];
  /** Why the other ones do not take part. */
  readonly absent?: string;
}

const KIB = 1024;
/** Of bytes per second: 100 Mbit/s. */
const LINE = 12.5e6;
const ALL: readonly Peer[] = ['oras', 'crane', 'imgpkg', 'regctl', 'skopeo'];
const FAR: readonly Peer[] = ['imgpkg', 'oras', 'regctl', 'crane', 'skopeo'];
const NO_TAR = `${IMAGE_TOOLS.join(', ')} have no file for a bundle and its images`;
const ratio = (to: Peer | 'best' | 'http', most: number): Goal => ({ kind: 'ratio', to, most });
const LITTLE_MEMORY: Goal = { kind: 'memory', most: 150 };

/** The shapes of the benchmark, or small ones that only show that it works and have no goals. */
export function makeShapes(quick: boolean): readonly Shape[] {
  const shapes = allShapes(quick);
  return quick ? shapes.map((shape) => ({ ...shape, goals: [] })) : shapes;
}

function allShapes(quick: boolean): readonly Shape[] {
  const layerSize = quick ? 10e6 : 100e6;
  const large: SourceShape = { images: 1, layers: 4, layerSize, configSize: 0 };
  const images = quick ? 20 : 200;
  const small: SourceShape = { images, layers: 9, layerSize: 4 * KIB, configSize: 4 * KIB };
  const few: SourceShape = { ...small, images: quick ? 4 : 20 };
  const locked: SourceShape = { images: quick ? 40 : 4000, layers: 1, layerSize: KIB, configSize: KIB, isLock: true };
  const slow: SourceShape = { ...large, layerSize: quick ? 2.5e6 : 25e6 };
  const bytes = `4 × ${layerSize / 1e6} MB`;
  const counts = `${images} images, ${(images * 10).toLocaleString('en')} blobs of 4 KiB`;
  const blobs = `${(images * 10).toLocaleString('en')} blobs of 4 KiB`;
  const lock = `lock of ${locked.images.toLocaleString('en')} images`;
  const tooMany = `${IMAGE_TOOLS.join(', ')} would be started ${locked.images.toLocaleString('en')} times`;
  const roundTrip = 100;
  const tar = { peers: ['imgpkg'], absent: NO_TAR } as const;
  const list = { peers: ['imgpkg'], absent: tooMany } as const;
  return [
    { id: 'large', name: bytes, source: large, kind: 'copy', goals: [ratio('crane', 1)], peers: ALL },
    {
      id: 'large-https',
      name: `${bytes}, HTTPS`,
      source: large,
      kind: 'copy',
      tls: true,
      goals: [ratio('http', 1.1)],
      peers: ALL,
    },
    { id: 'small', name: counts, source: small, kind: 'copy', goals: [ratio('best', 0.6)], peers: ALL },
    {
      id: 'small-unchanged',
      name: `${counts}, unchanged`,
      source: small,
      kind: 'unchanged',
      goals: [ratio('best', 0.35)],
      peers: ALL,
    },
    {
      id: 'small-far',
      name: `${blobs}, ${roundTrip} ms`,
      source: small,
      kind: 'copy',
      roundTrip,
      goals: [ratio('best', 0.14)],
      peers: FAR,
    },
    {
      id: 'small-far-unchanged',
      name: `${blobs}, ${roundTrip} ms, unchanged`,
      source: small,
      kind: 'unchanged',
      roundTrip,
      goals: [ratio('best', 0.04)],
      peers: FAR,
    },
    { id: 'changed', name: `${counts}, 5 % changed`, source: small, kind: 'changed', goals: [], peers: ALL },
    { id: 'mounted', name: `${counts}, within a registry`, source: small, kind: 'mounted', goals: [], peers: ALL },
    { id: 'lock', name: lock, source: locked, kind: 'copy', goals: [ratio('imgpkg', 0.4), LITTLE_MEMORY], ...list },
    {
      id: 'lock-unchanged',
      name: `${lock}, unchanged`,
      source: locked,
      kind: 'unchanged',
      goals: [ratio('imgpkg', 0.1)],
      ...list,
    },
    { id: 'lock-to-tar', name: `${lock}, to a tar`, source: locked, kind: 'to-tar', goals: [LITTLE_MEMORY], ...tar },
    {
      id: 'lock-from-tar',
      name: `${lock}, from a tar`,
      source: locked,
      kind: 'from-tar',
      goals: [LITTLE_MEMORY],
      ...tar,
    },
    {
      id: 'export-large',
      name: `${bytes}, to a tar`,
      source: large,
      kind: 'to-tar',
      goals: [ratio('imgpkg', 0.7)],
      ...tar,
    },
    {
      id: 'import-large',
      name: `${bytes}, from a tar`,
      source: large,
      kind: 'from-tar',
      goals: [ratio('imgpkg', 0.7)],
      ...tar,
    },
    {
      id: 'export-small',
      name: `${blobs}, to a tar`,
      source: small,
      kind: 'to-tar',
      goals: [ratio('imgpkg', 0.7)],
      ...tar,
    },
    {
      id: 'import-small',
      name: `${blobs}, from a tar`,
      source: small,
      kind: 'from-tar',
      goals: [ratio('imgpkg', 0.7)],
      ...tar,
    },
    {
      id: 'line',
      name: `4 × ${slow.layerSize / 1e6} MB, line of 100 Mbit/s`,
      source: slow,
      kind: 'copy',
      bytesPerSecond: LINE,
      goals: [{ kind: 'line', least: 0.97 }],
      peers: ALL,
    },
    {
      id: 'limited',
      name: `${few.images * 10} blobs of 4 KiB, 429 above 20/s`,
      source: few,
      kind: 'copy',
      requestsPerSecond: 20,
      goals: [{ kind: 'refused', most: 0.05 }],
      peers: ALL,
    },
  ];
}
