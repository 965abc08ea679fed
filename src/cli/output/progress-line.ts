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

/**
 * Keeps a failing standard stream from ending the process. A reader that stops early (`| head -1`) is not an error, but
 * results that could not be written are. Undelivered messages are dropped.
 * @param onLost called once with the reason why results could not be written
 */
export function watchOutput(
  stdout: NodeJS.WriteStream,
  stderr: NodeJS.WriteStream,
  onLost: (error: Error) => void,
): void {
  let isOver = false;
  stdout.on('error', (error) => {
    const isUnread = 'code' in error && error.code === 'EPIPE';
    if (!isOver && !isUnread) onLost(error);
    isOver = true;
  });
  stderr.on('error', () => undefined);
}
