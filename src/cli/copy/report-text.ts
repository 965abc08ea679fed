import { formatBytes } from '../../base/format.ts';
import type { RelocationReport } from '../../relocation/report.ts';

/** What a copy did, in lines for people. */
export function reportText(report: RelocationReport, isExport: boolean): string {
  const { images, blobs, bytes, seconds } = report;
  const skipped = blobs.skipped === 0 ? '' : `, ${blobs.skipped} non-distributable skipped`;
  const where = report.root?.reference ?? report.destination;
  const exported = report.root === undefined ? '' : ` ${report.root.reference}`;
  const done = isExport ? `Exported${exported} to ${report.destination}` : `Relocated to ${where}`;
  const failed = report.failed.map(({ reference, reason }) => `Failed: ${reference}: ${reason}`);
  return [
    ...failed,
    failed.length === 0 ? done : `Partially ${isExport ? 'exported' : 'relocated'} to ${report.destination}`,
    ...report.tags.map((tag) => `Tagged ${report.destination}:${tag}`),
    `${images.total} images: ${images.copied} copied, ${images.present} already there${failed.length === 0 ? '' : `, ${failed.length} not copied`}`,
    `${blobs.copied + blobs.mounted + blobs.present + blobs.skipped} blobs: ${blobs.copied} copied, ${blobs.mounted} mounted, ${blobs.present} already there${skipped}`,
    `${formatBytes(bytes.copied)} copied in ${seconds.toFixed(1)} s`,
  ].join('\n');
}
