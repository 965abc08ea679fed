import type { ImageTarget } from '../../contract/targets.ts';
import type { ClusterPlace } from '../../jobs/cluster-engine.ts';
import { parseReference } from '../../oci/reference.ts';
import { destinationText, sourceText } from '../../relocation/request/request.ts';
import type { PlanSummary } from '../../relocation/plan/plan-summary.ts';
import type { RelocationRequest } from '../../relocation/request/request.ts';
import { tryOrUndefined } from '../../base/errors.ts';
import { shortDigest } from '../text/formatting.ts';
import type { RelocationReport } from '../../relocation/report/report.ts';

/** A relocation as the user requested it. */
export interface RelocationJob {
  readonly request: RelocationRequest;
  /** A short name for titles: `example-packages:1.0.0`, `example-packages.tar`. */
  readonly name: string;
  /** Set if pods of a cluster copy, rather than this machine. */
  readonly cluster?: ClusterPlace;
  /** Set if a task started it rather than the user. */
  readonly origin?: 'task';
  /** Repeats the questions with their answers; absent if nothing was asked. Not stored. */
  readonly change?: () => void;
}

/** A relocation and its plan. */
export interface JobPlan {
  readonly job: RelocationJob;
  readonly view: PlanSummary;
}

/** The registries named in a job. The additional ones named in a lock are known only after planning. */
export function registriesOf({ request: { source, destination } }: RelocationJob): string[] {
  const texts = [
    ...('reference' in source ? [source.reference] : []),
    ...(destination.kind === 'repository' ? [destination.repository] : []),
  ];
  const registries = texts.map((text) => tryOrUndefined(() => parseReference(text).registry));
  return [...new Set(registries.filter((registry) => registry !== undefined))];
}

/** Jobs with equal keys would do the same. */
export function jobKey({ request: { source, destination } }: RelocationJob): string {
  return JSON.stringify([sourceText(source), destinationText(destination)]);
}

/** Between registries, to a tarball, or from a tarball. */
export type Direction = 'relocation' | 'export' | 'import';

export function directionOf({ source, destination }: RelocationRequest): Direction {
  if (destination.kind === 'archive') return 'export';
  return source.kind === 'archive' ? 'import' : 'relocation';
}

/** A short name for titles: the last path segment with the tag or the beginning of the digest. */
export function imageName({ path, tag, digest }: ImageTarget): string {
  const last = path.slice(path.lastIndexOf('/') + 1);
  return tag === undefined && digest !== undefined ? `${last}@${shortDigest(digest)}` : `${last}:${tag ?? 'latest'}`;
}

/** The relocated bundle or image at its registry; undefined for a tarball, or if not everything arrived. */
export function rootImage({ root, failed, destination }: RelocationReport): ImageTarget | undefined {
  if (root === undefined || failed.length > 0 || !root.reference.startsWith(`${destination}@`)) return undefined;
  const place = tryOrUndefined(() => parseReference(root.reference));
  if (place === undefined) return undefined;
  const { registry, path } = place;
  return { registry, path, digest: root.digest, ...(root.tag === undefined ? {} : { tag: root.tag }) };
}

/** Whether a PackageRepository can be made of what was relocated: a bundle with packages, or one not looked into. */
export function hasPackages({ root }: RelocationReport): boolean {
  return root?.isBundle === true && root.hasPackages !== false;
}
