import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { RequestOptions } from 'node:https';

/** How the API server is reached and who asks. Data is PEM. Holds credentials. */
export interface Access {
  readonly server: string;
  readonly ca?: string;
  readonly certificate?: string;
  readonly key?: string;
  readonly tlsServerName?: string;
  readonly skipTlsVerify: boolean;
  readonly proxyUrl?: string;
  readonly token?: string;
  readonly username?: string;
  readonly password?: string;
  readonly authProvider?: { readonly name: string; readonly config: Readonly<Record<string, unknown>> };
}

/** Gives the options of a request for node:https: headers, and an agent with TLS and proxy. */
export type RequestOptionsSource = () => Promise<RequestOptions>;

/** Without a proxy and with credentials that are at hand, as most are. */
export function directSource(access: Access): RequestOptionsSource {
  const { server, ca, certificate, key, tlsServerName, skipTlsVerify, token, username, password } = access;
  const agent = server.startsWith('http:')
    ? new HttpAgent()
    : new HttpsAgent({
        rejectUnauthorized: !skipTlsVerify,
        ...(ca !== undefined && { ca }),
        ...(certificate !== undefined && { cert: certificate }),
        ...(key !== undefined && { key }),
        ...(tlsServerName !== undefined && { servername: tlsServerName }),
      });
  const options: RequestOptions = {
    agent,
    headers: token === undefined ? {} : { Authorization: `Bearer ${token}` },
    ...(token === undefined && username !== undefined && { auth: `${username}:${password ?? ''}` }),
  };
  return () => Promise.resolve(options);
}
