import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { RequestOptions } from 'node:https';

/** How to reach a server. Data is PEM. Contains a private key. */
export interface Access {
  readonly server: string;
  readonly ca?: string;
  readonly certificate?: string;
  readonly key?: string;
  readonly tlsServerName?: string;
  readonly skipTlsVerify: boolean;
  readonly proxyUrl?: string;
  readonly authProvider?: { readonly name: string; readonly config: Readonly<Record<string, unknown>> };
}

/** Returns the options of a request for node:https: headers, and an agent with TLS and proxy. */
export type RequestOptionsSource = () => Promise<RequestOptions>;

/** Loads @kubernetes/client-node only if it is needed, because that takes 150 ms of processor time. */
export async function requestOptionsSource(access: Access): Promise<RequestOptionsSource> {
  if (access.proxyUrl === undefined && access.authProvider === undefined) return directSource(access);
  const { clientNodeSource } = await import('./client-node.ts');
  return clientNodeSource(access);
}

function directSource(access: Access): RequestOptionsSource {
  const { server, ca, certificate, key, tlsServerName, skipTlsVerify } = access;
  const agent = server.startsWith('http:')
    ? new HttpAgent()
    : new HttpsAgent({
        rejectUnauthorized: !skipTlsVerify,
        ...(ca !== undefined && { ca }),
        ...(certificate !== undefined && { cert: certificate }),
        ...(key !== undefined && { key }),
        ...(tlsServerName !== undefined && { servername: tlsServerName }),
      });
  return () => Promise.resolve({ agent });
}
