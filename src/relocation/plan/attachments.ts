import { attachmentOf, attachmentsText, countAttachments, totalOf } from '../../carvel/attachment-kind.ts';
import type { AttachmentFact } from '../../carvel/attachment-kind.ts';
import type { SourceContent } from '../source.ts';
import type { AttachmentSummary } from './plan-summary.ts';

/** Counts what is signed, what is copied along, and what stays at the source. */
export function summarizeAttachments({ items, left }: SourceContent): AttachmentSummary {
  const carried = new Map<string, AttachmentFact>();
  const images = new Set<string>();
  for (const { image, tag } of items) {
    const { digest, bytes } = image.node;
    const fact = attachmentOf(bytes, tag);
    if (fact === undefined) images.add(digest);
    // A manifest can be attached to several images, under a tag of each.
    else carried.set(`${fact.subject} ${digest}`, fact);
  }
  const facts = left?.facts ?? [];
  const signatures = [...carried.values(), ...facts].filter(({ kind }) => kind === 'signature');
  return {
    images: images.size,
    signed: new Set(signatures.map(({ subject }) => subject).filter((subject) => images.has(subject))).size,
    carried: countAttachments(carried.values()),
    left: countAttachments(facts),
    unknown: left?.unknown ?? 0,
  };
}

const STAYS = ' not copied; to copy them, use --referrers';

/**
 * One line if anything stays behind, and one if that is not known.
 * @param reason why it is not known
 */
export function leftBehindWarnings({ left, unknown }: AttachmentSummary, reason = ''): string[] {
  return [
    ...(totalOf(left) === 0 ? [] : [`${attachmentsText(left)}${STAYS}`]),
    ...(unknown === 0 ? [] : [`Cannot count the signatures of ${unknown} images, which are not copied: ${reason}`]),
  ];
}

/** Whether a warning is about what stays behind. */
export function isLeftBehind(warning: string): boolean {
  return warning.endsWith(STAYS);
}
