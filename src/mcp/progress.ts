import type { ServerContext } from '@modelcontextprotocol/server';

/** Milliseconds between two notifications with the same message. */
const INTERVAL = 250;

/**
 * Sends progress notifications in percent if the client asked for them. Their value must increase with each
 * (Model Context Protocol, Progress), although the totals of some calls grow.
 */
export function progressSender({ mcpReq }: ServerContext): (message: string, done: number, total?: number) => void {
  const progressToken = mcpReq._meta?.progressToken;
  if (progressToken === undefined) return () => undefined;
  let [sentAt, progress, sent] = [0, 0, ''];
  return (message, done, total) => {
    const now = performance.now();
    if (message === sent && now - sentAt < INTERVAL) return;
    [sentAt, sent] = [now, message];
    const percent = total === undefined || total === 0 ? 0 : (done / total) * 100;
    progress = Math.max(percent, progress + 0.001);
    const text = total === undefined ? message : `${message}: ${done} of ${total}`;
    // A client that is gone ends the call through its signal.
    mcpReq
      .notify({ method: 'notifications/progress', params: { progressToken, progress, total: 100, message: text } })
      .catch(() => undefined);
  };
}
