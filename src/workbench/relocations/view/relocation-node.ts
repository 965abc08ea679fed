import type { RelocationTarget } from '../../../contract/relocations.ts';
import type { ImageTarget } from '../../../contract/targets.ts';
import type { JobPart } from '../../../relocation/events.ts';
import type { RelocationSnapshot } from '../list/relocation-attempt.ts';
import { rootImage } from '../relocation-job.ts';
import type { PlannedImage } from '../../../relocation/plan/plan-summary.ts';

/** A relocation in the view, with the relocated image for commands on images and bundles. */
export type RelocationNode = RelocationTarget & Partial<ImageTarget>;

export type ImageState = 'active' | 'failed' | 'waiting' | 'copied' | 'present';

/** An image of a running relocation. */
export interface ImageRowNode {
  readonly id: string;
  readonly image: PlannedImage;
  readonly state: ImageState;
}

/** A part of a Job. */
export interface PartRowNode {
  readonly id: string;
  readonly part: JobPart;
  /** Number of parts. */
  readonly of: number;
}

/** Stands for the images that are not listed. */
export interface MoreImagesNode {
  readonly id: string;
  readonly more: number;
}

export type RelocationTreeNode = RelocationNode | ImageRowNode | PartRowNode | MoreImagesNode;

export function relocationNode({ record: { id, report } }: RelocationSnapshot): RelocationNode {
  return { relocation: id, ...(report && rootImage(report)) };
}

const ORDER: readonly ImageState[] = ['failed', 'active', 'waiting', 'copied', 'present'];
/** Maximum number of images in the view: each redraw sends all of them. */
const MAX_ROWS = 200;

/** What a running relocation consists of: the parts of its Job, or images. */
export function detailNodes(relocation: RelocationSnapshot): RelocationTreeNode[] {
  const { record, live } = relocation;
  if (record.cluster === undefined) return imageNodes(relocation);
  const { parts = [] } = live ?? {};
  return parts.slice(0, MAX_ROWS).map((part) => ({ id: `${record.id}/part/${part.index}`, part, of: parts.length }));
}

/** The images of a running relocation: first what failed and what is in transfer, then what waits, then what is done. */
export function imageNodes({ record: { id }, live }: RelocationSnapshot): (ImageRowNode | MoreImagesNode)[] {
  if (live === undefined) return [];
  const { images, results, current } = live;
  const active = new Set(current.map((reference) => reference.slice(reference.indexOf('@') + 1)));
  const stateOf = ({ digest, action }: PlannedImage): ImageState =>
    results.get(digest) ?? (action === 'present' ? 'present' : active.has(digest) ? 'active' : 'waiting');
  const rows = images.map((image) => ({ id: `${id}/${image.digest}`, image, state: stateOf(image) }));
  rows.sort((a, b) => ORDER.indexOf(a.state) - ORDER.indexOf(b.state));
  const left = rows.length - MAX_ROWS;
  return left > 0 ? [...rows.slice(0, MAX_ROWS), { id: `${id}/more`, more: left }] : rows;
}
