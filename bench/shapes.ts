import type { SourceShape } from './source.ts';

export interface Shape {
  readonly name: string;
  readonly source: SourceShape;
  /** `unchanged`: the destination has it all. `to-tar`, `from-tar`: one side is a tar. */
  readonly kind: 'copy' | 'unchanged' | 'to-tar' | 'from-tar';
  /** Milliseconds to both registries and back. */
  readonly roundTrip: number;
  /** Both registries speak https, with certificates that the tools are told to trust. */
  readonly tls?: boolean;
  /** Ours by imgpkg's, at most. */
  readonly target?: number;
}

const KIB = 1024;
const MIB = 1024 * KIB;

/** The shapes of the benchmark, or small ones that only show that it works. */
export function makeShapes(quick: boolean): readonly Shape[] {
  const large: SourceShape = { images: 1, layers: 4, layerSize: quick ? 10e6 : 100e6, configSize: 0 };
  const small: SourceShape = { images: quick ? 20 : 200, layers: 9, layerSize: 4 * KIB, configSize: 4 * KIB };
  const mix: SourceShape = { images: 8, layers: 8, layerSize: (quick ? 1 : 16) * MIB, configSize: 2 * KIB };
  const roundTrip = 100;
  const [bytes, count] = [`${quick ? 10 : 100} MB`, `${small.images} images, ${small.images * 10} blobs of 4 KiB`];
  return [
    { name: `4 × ${bytes}`, source: large, kind: 'copy', roundTrip: 0, target: 1 },
    { name: `4 × ${bytes}, https`, source: large, kind: 'copy', roundTrip: 0, tls: true },
    { name: count, source: small, kind: 'copy', roundTrip: 0, target: 0.7 },
    { name: `${count}, unchanged`, source: small, kind: 'unchanged', roundTrip: 0, target: 0.3 },
    { name: `${count}, ${roundTrip} ms`, source: small, kind: 'copy', roundTrip, target: 0.15 },
    { name: `${count}, unchanged, ${roundTrip} ms`, source: small, kind: 'unchanged', roundTrip, target: 0.05 },
    { name: `registry → tar, ${quick ? 64 : 1024} MiB`, source: mix, kind: 'to-tar', roundTrip: 0 },
    { name: `tar → registry, ${quick ? 64 : 1024} MiB`, source: mix, kind: 'from-tar', roundTrip: 0 },
  ];
}
