import type { ProxySettings } from '../../oci/connection-settings.ts';
import { proxyFromEnvironment } from '../../oci/network.ts';

/** VS Code's `http.*` settings, not validated. */
export interface HttpSettings {
  readonly proxy: unknown;
  readonly noProxy: unknown;
  readonly proxyStrictSSL: unknown;
  readonly proxySupport: unknown;
  readonly proxyAuthorization: unknown;
}

/**
 * Determines the proxy as VS Code does: none if `http.proxySupport` is off, otherwise `http.proxy` or the environment;
 * exceptions from `http.noProxy`, otherwise from NO_PROXY.
 */
export function proxySettings(
  settings: HttpSettings,
  environment: Readonly<Record<string, string | undefined>>,
): ProxySettings | undefined {
  if (settings.proxySupport === 'off') return undefined;
  const fromEnvironment = proxyFromEnvironment(environment);
  const address = typeof settings.proxy === 'string' ? settings.proxy.trim() : '';
  if (address === '' && fromEnvironment === undefined) return undefined;
  const proxy = address === '' ? undefined : withAuthorization(address, settings.proxyAuthorization);
  const exceptions = Array.isArray(settings.noProxy)
    ? settings.noProxy.filter((each): each is string => typeof each === 'string')
    : [];
  const noProxy = exceptions.length > 0 ? exceptions : noProxyOf(environment);
  return {
    ...(proxy === undefined ? fromEnvironment : { httpsProxy: proxy, httpProxy: proxy }),
    noProxy,
    ...(settings.proxyStrictSSL === false ? { strictTls: false } : {}),
  };
}

function noProxyOf(environment: Readonly<Record<string, string | undefined>>): readonly string[] {
  return (environment['NO_PROXY'] || environment['no_proxy'] || '').split(',');
}

/** Adds the user name and password from a complete Proxy-Authorization header to the proxy's address. */
export function withAuthorization(address: string, authorization: unknown): string {
  const [, encoded] = typeof authorization === 'string' ? (/^Basic\s+(\S+)$/i.exec(authorization.trim()) ?? []) : [];
  const text = address.includes('://') ? address : `http://${address}`;
  if (encoded === undefined || !URL.canParse(text)) return address;
  const url = new URL(text);
  const decoded = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = decoded.indexOf(':');
  if (url.username !== '' || colon < 1) return address;
  url.username = encodeURIComponent(decoded.slice(0, colon));
  url.password = encodeURIComponent(decoded.slice(colon + 1));
  return url.href;
}
