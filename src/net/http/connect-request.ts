import type { Socket } from 'node:net';

/** The header of a response to CONNECT is a few lines. Bytes. */
const HEAD_LIMIT = 64 * 1024;
/** Including interim responses. */
const MAX_HEADS = 10;
const END = Buffer.from('\r\n\r\n');

/**
 * Asks a proxy for a tunnel, over a connection to it (RFC 9110, 9.3.6), and leaves everything after its response unread.
 * node:http is not used because VS Code's extension host replaces it and applies its own proxy settings.
 * @returns the status
 */
export async function requestTunnel(
  socket: Socket,
  target: string,
  authorization: string | undefined,
): Promise<number> {
  const lines = [`CONNECT ${target} HTTP/1.1`, `Host: ${target}`];
  if (authorization !== undefined) lines.push(`Proxy-Authorization: ${authorization}`);
  socket.write(`${lines.join('\r\n')}\r\n\r\n`);
  for (let heads = 1; heads <= MAX_HEADS; heads++) {
    const status = /^HTTP\/1\.\d ([1-9]\d\d)(?: |\r\n)/.exec(await readHead(socket))?.[1];
    if (status === undefined) break;
    // Interim responses may come before the final one (RFC 9110, 15.2).
    if (!status.startsWith('1')) return Number(status);
  }
  throw new Error('it does not respond like a proxy');
}

function readHead(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    let head = Buffer.alloc(0);
    const settle = (end: () => void): void => {
      socket.off('readable', read).off('error', fail).off('end', ended).off('close', ended);
      end();
    };
    const fail = (error: Error): void => settle(() => reject(error));
    const ended = (): void => fail(new Error('it closed the connection'));
    const read = (): void => {
      for (let chunk: unknown = socket.read(); chunk !== null; chunk = socket.read()) {
        head = Buffer.concat([head, chunk as Buffer]);
        const end = head.indexOf(END);
        if (end >= 0) {
          const rest = head.subarray(end + END.byteLength);
          return settle(() => {
            if (rest.byteLength > 0) socket.unshift(rest);
            resolve(head.toString('latin1', 0, end + 2));
          });
        }
        if (head.byteLength > HEAD_LIMIT) return fail(new Error('its response has no end'));
      }
    };
    socket.on('readable', read).once('error', fail).once('end', ended).once('close', ended);
    read();
  });
}
