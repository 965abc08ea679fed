import type { Socket } from 'node:net';

/** The head of an answer to CONNECT is a few lines; what is longer is no proxy's. */
const HEAD_LIMIT = 16 * 1024;
const END = Buffer.from('\r\n\r\n');

/**
 * Asks a proxy for a tunnel, over a connection to it (RFC 9110, 9.3.6), and leaves what comes after its answer unread. Not by
 * node:http: in VS Code's extension host that one is replaced, and goes its own way to a proxy.
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
  const head = await readHead(socket);
  const status = /^HTTP\/1\.[01] (\d{3})(?: |\r\n)/.exec(head)?.[1];
  if (status === undefined) throw new Error('it does not answer like a proxy');
  return Number(status);
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
        if (head.byteLength > HEAD_LIMIT) return fail(new Error('its answer has no end'));
      }
    };
    socket.on('readable', read).once('error', fail).once('end', ended).once('close', ended);
    read();
  });
}
