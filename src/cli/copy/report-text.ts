import { formatBytes } from '../../base/format.ts';
import type { RelocationReport } from '../../relocation/report.ts';

/** What a copy did, in lines for people. */
export function reportText(report: RelocationReport): string {
  const { images, blobs, bytes, seconds } = report;
  const skipped = blobs.skipped === 0 ? '' : `, ${blobs.skipped} non-distributable left out`;
  const where = report.root === undefined ? report.destination : report.root.reference;
  const failed = report.failed.map(({ reference, reason }) => `Not copied: ${reference}: ${reason}`);
  return [
    ...failed,
    failed.length === 0 ? `Relocated to ${where}` : `Relocated in part to ${report.destination}`,
    ...report.tags.map((tag) => `Tagged ${report.destination}:${tag}`),
    `${images.total} images: ${images.copied} copied, ${images.present} already there${failed.length === 0 ? '' : `, ${failed.length} not copied`}`,
    `${blobs.copied + blobs.mounted + blobs.present + blobs.skipped} blobs: ${blobs.copied} copied, ${blobs.mounted} mounted, ${blobs.present} already there${skipped}`,
    `${formatBytes(bytes.copied)} copied in ${seconds.toFixed(1)} s`,
  ].join('\n');
}
