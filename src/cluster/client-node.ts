import { KubeConfig } from '@kubernetes/client-node';
import type { RequestOptions } from 'node:https';
import type { Access, RequestOptionsSource } from './direct.ts';

/**
 * Uses @kubernetes/client-node for a proxy (http or SOCKS) or an old auth provider (gcp, azure). Requests and watches
 * are implemented here: its Watch gives up after 30 seconds without an event, loses the server's error texts and
 * swallows exceptions of its callback.
 */
export function clientNodeSource(access: Access): RequestOptionsSource {
  const { server, ca, certificate, key, tlsServerName, proxyUrl, authProvider } = access;
  const config = new KubeConfig();
  config.loadFromClusterAndUser(
    {
      name: 'cluster',
      server,
      // Its agent rejects http without this; there is no TLS to verify in that case.
      skipTLSVerify: access.skipTlsVerify || server.startsWith('http:'),
      ...(ca !== undefined && { caData: base64(ca) }),
      ...(tlsServerName !== undefined && { tlsServerName }),
      ...(proxyUrl !== undefined && { proxyUrl }),
    },
    {
      name: 'user',
      ...(certificate !== undefined && { certData: base64(certificate) }),
      ...(key !== undefined && { keyData: base64(key) }),
      // The library writes renewed tokens into this object.
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
