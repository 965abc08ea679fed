// A scripted registry and its clients, for tests of a few requests.
import type { Certificate } from './certificates.ts';
import { type ClientOptions, type Clients, clientsFor } from './registry-clients.ts';
import { type Answer, type Asked, type ScriptedServer, startScriptedServer } from './scripted-server.ts';

/** @param path without its query */
export type Script = (asked: Asked, path: string, query: URLSearchParams) => Answer | number | string | undefined;

export async function withRegistry(
  script: Script,
  options: ClientOptions,
  use: (clients: Clients, server: ScriptedServer) => Promise<void>,
  tls?: Certificate,
): Promise<void> {
  const server = await startScriptedServer((asked) => {
    const { pathname, searchParams } = new URL(asked.url, 'http://x');
    return script(asked, pathname, searchParams);
  }, tls);
  const clients = clientsFor(server.host, options);
  try {
    await use(clients, server);
  } finally {
    await clients.close();
    await server.stop();
  }
}

export const json = (value: object): Answer => ({ body: JSON.stringify(value) });

export const isToken = ({ headers }: Asked, token: string): boolean => headers.authorization === `Bearer ${token}`;

/** 401 with a challenge for the token server, which is at the registry's own host unless `realm` says otherwise. */
export const challenge = ({ headers }: Asked, service: string, realm?: string): Answer => ({
  status: 401,
  headers: {
    'www-authenticate': `Bearer realm="${realm ?? `http://${headers.host ?? ''}/token`}",service="${service}"`,
  },
});
