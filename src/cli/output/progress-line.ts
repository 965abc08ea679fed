import { formatBytes, formatSeconds } from '../../base/format.ts';
import type { RelocationProgress } from '../../relocation/events.ts';

/** The progress of a relocation in one line. */
export function progressLine(progress: RelocationProgress): string {
  const { bytesDone, bytesTotal, bytesPerSecond, secondsLeft, blobsDone, blobsTotal, imagesDone, imagesTotal } =
    progress;
  const parts = [
    `${percent(bytesDone, bytesTotal)} %`,
    `${formatBytes(bytesDone)} of ${formatBytes(bytesTotal)}`,
    ...(bytesPerSecond > 0 ? [`${formatBytes(bytesPerSecond)}/s`] : []),
    ...(secondsLeft !== undefined && secondsLeft >= 1 ? [`${formatSeconds(secondsLeft)} left`] : []),
    `images ${imagesDone}/${imagesTotal}`,
    `blobs ${blobsDone}/${blobsTotal}`,
  ];
  return parts.join(' · ');
}

/** Padded to three characters, so that the line does not shift. */
export function percent(done: number, total: number): string {
  return String(total === 0 ? 100 : Math.floor((done / total) * 100)).padStart(3);
}
