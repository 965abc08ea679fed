import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * Free ports of the loopback interface, different from each other. Another program may take one before it is used;
 * on a machine that is not full of servers the kernel hands out each number once in a long while.
 */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return ports;
}

export async function freePort(): Promise<number> {
  const [port] = await freePorts(1);
  return port as number;
}
