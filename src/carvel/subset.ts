import { isDigest } from '../oci/digest.ts';
import type { Digest } from '../oci/digest.ts';
import { annotationsOf } from './build-bundle.ts';
import type { FoundImage } from './graph.ts';

/** Annotations of the manifest of a bundle with chosen Packages of another one. */
const SUBSET_OF = 'dev.carvel.airgap.subset-of';
const PACKAGES = 'dev.carvel.airgap.subset-packages';
const LEFT_OUT = 'dev.carvel.airgap.subset-left-out';

/** Maximum number of characters of an annotation; registries limit the size of a manifest to 4 MiB. */
const MAX_TEXT = 256 * 1024;

/** What the manifest of a subset says about it. Packages are written as NAME@VERSION. */
export interface SubsetNote {
  /** The digest of the bundle that it was made from. */
  readonly of: Digest;
  readonly packages: readonly string[];
  readonly leftOut: readonly string[];
}

export function subsetAnnotations({ of, packages, leftOut }: SubsetNote): Record<string, string> {
  return { [SUBSET_OF]: of, [PACKAGES]: joined(packages), [LEFT_OUT]: joined(leftOut) };
}

/** What a bundle's manifest says about being a subset; undefined if it is none. */
export function subsetNoteOf(image: Pick<FoundImage, 'node'>): SubsetNote | undefined {
  return subsetNoteIn(annotationsOf(image));
}

export function subsetNoteIn(annotations: Readonly<Record<string, string>>): SubsetNote | undefined {
  const of = annotations[SUBSET_OF];
  if (of === undefined || !isDigest(of)) return undefined;
  return { of, packages: split(annotations[PACKAGES]), leftOut: split(annotations[LEFT_OUT]) };
}

function joined(names: readonly string[]): string {
  const text = names.join(',');
  if (text.length <= MAX_TEXT) return text;
  return `${text.slice(0, text.lastIndexOf(',', MAX_TEXT))},…`;
}

function split(text = ''): string[] {
  return text === '' ? [] : text.slice(0, MAX_TEXT + 2).split(',');
}
