/** A URL's host without port, and without the brackets of an IPv6 address. */
export function bareHost(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '');
}

export function portOf(url: URL): number {
  return url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port);
}

/**
 * Whether a URL is one of a server.
 * @param host host[:port] of the server; without a port, that of the URL's scheme
 */
export function isServer(host: string, url: URL): boolean {
  const text = `${url.protocol}//${host}`;
  return URL.canParse(text) && new URL(text).host === url.host;
}
