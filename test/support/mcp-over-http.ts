// Passes messages between an HTTP client and `carvel-airgap mcp`, which speaks on its standard input and output only: the
// conformance tests need a URL. Each session has a process of its own.
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { fileURLToPath } from 'node:url';

import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { type JSONRPCMessage, WebStandardStreamableHTTPServerTransport } from '@modelcontextprotocol/server';

const cli = fileURLToPath(new URL('../../dist/cli.cjs', import.meta.url));

export interface McpOverHttp {
  readonly url: string;
  stop(): Promise<void>;
}

export async function startMcpOverHttp(flags: readonly string[] = []): Promise<McpOverHttp> {
  const sessions = new Map<string, WebStandardStreamableHTTPServerTransport>();
  const processes: StdioClientTransport[] = [];

  async function begin(): Promise<WebStandardStreamableHTTPServerTransport> {
    const env = { PATH: process.env['PATH'] ?? '', HOME: '/nonexistent' };
    const child = new StdioClientTransport({ command: process.execPath, args: [cli, 'mcp', ...flags], env });
    const transport = new WebStandardStreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      onsessioninitialized: (id) => void sessions.set(id, transport),
    });
    // Which request a notification belongs to, as the client has numbered them.
    const requests = new Map<unknown, string | number>();
    const toServer = (message: JSONRPCMessage): void => {
      if ('method' in message && 'id' in message) {
        const { progressToken } = (message.params?.['_meta'] ?? {}) as { progressToken?: unknown };
        if (progressToken !== undefined) requests.set(progressToken, message.id);
      }
      void child.send(message);
    };
    const toClient = (message: JSONRPCMessage): void => {
      const token = 'method' in message ? message.params?.['progressToken'] : undefined;
      const relatedRequestId = requests.get(token);
      void transport.send(message, relatedRequestId === undefined ? {} : { relatedRequestId });
    };
    // Transports are no event targets.
    Object.assign(transport, { onmessage: toServer });
    Object.assign(child, { onmessage: toClient });
    processes.push(child);
    await Promise.all([child.start(), transport.start()]);
    return transport;
  }

  async function answer(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const headers = new Headers();
    for (const [name, value] of Object.entries(incoming.headers)) headers.set(name, String(value));
    const body = incoming.method === 'POST' ? { body: await textOf(incoming) } : {};
    const request = new Request(`http://${incoming.headers.host}/mcp`, {
      method: incoming.method ?? 'GET',
      headers,
      ...body,
    });
    const id = incoming.headers['mcp-session-id'];
    const transport = (typeof id === 'string' ? sessions.get(id) : undefined) ?? (await begin());
    const response = await transport.handleRequest(request);
    outgoing.writeHead(response.status, Object.fromEntries(response.headers));
    outgoing.flushHeaders();
    for await (const piece of response.body ?? []) outgoing.write(piece);
    outgoing.end();
  }

  const server = createServer((incoming, outgoing) => {
    answer(incoming, outgoing).catch(() => outgoing.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  return {
    url: `http://127.0.0.1:${port}/mcp`,
    async stop() {
      server.closeAllConnections();
      server.close();
      await Promise.all(processes.map((each) => each.close()));
    },
  };
}

async function textOf(incoming: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of incoming) pieces.push(piece as Buffer);
  return Buffer.concat(pieces).toString();
}
