import { KubeConfig } from '@kubernetes/client-node';
import type { RequestOptions } from 'node:https';
import type { Access, RequestOptionsSource } from './direct.ts';

/**
 * With a proxy (http or SOCKS) or an old auth provider (gcp, azure), by @kubernetes/client-node. Requests and watches are our own: its Watch gives up after 30 quiet seconds, loses the server's error texts and swallows what its callback throws.
 */
export function clientNodeSource(access: Access): RequestOptionsSource {
  const { server, ca, certificate, key, tlsServerName, proxyUrl, authProvider } = access;
  const config = new KubeConfig();
  config.loadFromClusterAndUser(
    {
      name: 'cluster',
      server,
      // Its agent refuses http without this; there is no TLS to verify then.
      skipTLSVerify: access.skipTlsVerify || server.startsWith('http:'),
      ...(ca !== undefined && { caData: base64(ca) }),
      ...(tlsServerName !== undefined && { tlsServerName }),
      ...(proxyUrl !== undefined && { proxyUrl }),
    },
    {
      name: 'user',
      ...(certificate !== undefined && { certData: base64(certificate) }),
      ...(key !== undefined && { keyData: base64(key) }),
      // It writes renewed tokens into this object.
      ...(authProvider !== undefined && { authProvider: structuredClone(authProvider) as unknown }),
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
