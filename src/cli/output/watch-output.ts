/**
 * Keeps a standard stream that fails from ending the process in the middle of its work. A reader who has seen enough
 * (`| head -1`) is no fault; results that could not be written are. Messages that nobody reads are lost.
 * @param onLost told once why results could not be written
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
