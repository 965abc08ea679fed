import { KubeConfig } from '@kubernetes/client-node';
import type { User } from '@kubernetes/client-node';
import type { RequestOptions } from 'node:https';

/** How the API server is reached and who asks. Data is PEM. */
export interface KubeConfigParts {
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
  readonly authProvider?: User['authProvider'];
}

/** Gives the options for node:https: headers, agent with TLS and proxy. May ask an OpenID Connect server for a new token. */
export type RequestOptionsSource = () => Promise<RequestOptions>;

/**
 * The one place that touches @kubernetes/client-node, which takes its time to load: this module is imported when a cluster is
 * first asked. Taken from it are TLS, proxies (http and SOCKS) and the auth providers; its Watch gives up after 30 quiet seconds,
 * loses the server's error texts and swallows what its callback throws, so requests and watches are our own.
 */
export function requestOptionsSource(parts: KubeConfigParts): RequestOptionsSource {
  const config = new KubeConfig();
  config.loadFromClusterAndUser(
    {
      name: 'cluster',
      server: parts.server,
      // Its agent refuses http without this; there is no TLS to verify then.
      skipTLSVerify: parts.skipTlsVerify || parts.server.startsWith('http:'),
      ...(parts.ca !== undefined && { caData: base64(parts.ca) }),
      ...(parts.tlsServerName !== undefined && { tlsServerName: parts.tlsServerName }),
      ...(parts.proxyUrl !== undefined && { proxyUrl: parts.proxyUrl }),
    },
    {
      name: 'user',
      ...(parts.certificate !== undefined && { certData: base64(parts.certificate) }),
      ...(parts.key !== undefined && { keyData: base64(parts.key) }),
      ...(parts.token !== undefined && { token: parts.token }),
      ...(parts.username !== undefined && { username: parts.username, password: parts.password ?? '' }),
      // It writes renewed tokens into this object.
      ...(parts.authProvider !== undefined && { authProvider: structuredClone(parts.authProvider) as unknown }),
    },
  );
  return async () => {
    const options: RequestOptions = {};
    await config.applyToHTTPSOptions(options);
    return options;
  };
}

function base64(pem: string): string {
  return Buffer.from(pem, 'utf8').toString('base64');
}
