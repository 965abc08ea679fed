import { BlockList, isIP } from 'node:net';

import { ownError } from '../network-error.ts';
import type { ProxySettings } from '../network-settings.ts';
import { bareHost, portOf } from './host.ts';

export interface Proxy {
  /** Scheme (http, https or socks5), host and port; never with credentials. */
  readonly url: URL;
  /** The value of Proxy-Authorization, if the setting contains a user. SOCKS sends the same user and password. */
  readonly authorization: string | undefined;
  /** false: its certificate is not checked. */
  readonly verify: boolean;
}

/** HTTPS_PROXY, HTTP_PROXY and NO_PROXY, in upper or lower case; undefined if no proxy is set. */
export function proxyFromEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
): ProxySettings | undefined {
  const read = (name: string) => environment[name] || environment[name.toLowerCase()] || undefined;
  const [httpsProxy, httpProxy] = [read('HTTPS_PROXY'), read('HTTP_PROXY')];
  if (httpsProxy === undefined && httpProxy === undefined) return undefined;
  return {
    ...(httpsProxy === undefined ? {} : { httpsProxy }),
    ...(httpProxy === undefined ? {} : { httpProxy }),
    noProxy: (read('NO_PROXY') ?? '').split(','),
  };
}

/**
 * The proxy for a connection, by the rules of Go's golang.org/x/net/http/httpproxy, which imgpkg and kapp-controller
 * follow: loopback addresses never go through a proxy.
 * @throws NetworkError proxy-invalid
 */
export function proxyFor(url: URL, settings: ProxySettings | undefined): Proxy | undefined {
  if (settings?.everything !== undefined)
    return parseProxy(settings.everything, url, settings.strictTls !== false, true);
  const text = url.protocol === 'https:' ? settings?.httpsProxy : settings?.httpProxy;
  if (settings === undefined || text === undefined || text.trim() === '') return undefined;
  const host = bareHost(url);
  if (isLoopbackHost(host) || isExcepted(host, portOf(url), settings.noProxy ?? [])) return undefined;
  return parseProxy(text.trim(), url, settings.strictTls !== false);
}

function parseProxy(text: string, target: URL, verify: boolean, mayBeSocks = false): Proxy {
  // The setting may hold a password: it is not quoted in any message.
  const withScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`;
  const parsed = URL.canParse(withScheme) ? new URL(withScheme) : undefined;
  if (parsed === undefined || parsed.hostname === '') {
    throw ownError('proxy-invalid', { host: target.host, reason: 'its address is not a URL' });
  }
  const isSocks = mayBeSocks && /^socks5h?:$/.test(parsed.protocol);
  if (parsed.protocol !== 'http:' && parsed.protocol !== 'https:' && !isSocks) {
    const reason = `${parsed.protocol}// is not supported, only http:// and https://`;
    throw ownError('proxy-invalid', { host: target.host, reason });
  }
  const { username, password } = parsed;
  const credentials = Buffer.from(`${decode(username)}:${decode(password)}`).toString('base64');
  return {
    // With SOCKS the proxy resolves names in any case, as with Go's client.
    url: new URL(isSocks ? `socks5://${parsed.hostname}:${parsed.port || 1080}` : `${parsed.protocol}//${parsed.host}`),
    authorization: username === '' ? undefined : `Basic ${credentials}`,
    verify,
  };
}

/** A password that contains a bare "%" was not percent-encoded. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function isLoopbackHost(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

function isExcepted(host: string, port: number, noProxy: readonly string[]): boolean {
  return noProxy.some((entry) => {
    const rule = entry.trim().toLowerCase();
    return rule !== '' && (rule === '*' || matches(rule, host.toLowerCase(), port));
  });
}

function matches(rule: string, host: string, port: number): boolean {
  const [, network = '', bits] = /^([0-9a-f.:]+)\/(\d{1,3})$/.exec(rule) ?? [];
  if (bits !== undefined) return isInside(host, network, Number(bits));
  if (isIP(rule) !== 0) return rule === host;
  const [, bracketed, plain = '', rulePort] = /^(?:\[([^\]]*)\]|([^:]*))(?::(\d+))?$/.exec(rule) ?? [];
  if (rulePort !== undefined && Number(rulePort) !== port) return false;
  const name = (bracketed ?? plain).replace(/^\*\./, '.');
  if (name === '') return false;
  if (isIP(name) !== 0) return name === host;
  return name.startsWith('.') ? host.endsWith(name) : host === name || host.endsWith(`.${name}`);
}

function isInside(host: string, network: string, bits: number): boolean {
  const [family, own] = [isIP(network), isIP(host)];
  if (family === 0 || own !== family || bits > (family === 4 ? 32 : 128)) return false;
  const type = family === 4 ? 'ipv4' : 'ipv6';
  const list = new BlockList();
  list.addSubnet(network, bits, type);
  return list.check(host, type);
}
