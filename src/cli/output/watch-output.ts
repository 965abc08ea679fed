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
