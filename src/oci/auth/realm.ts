import { ociError } from '../errors.ts';

/** Token servers on another host than their registry that belong to it: registry host to realm host. */
const PINNED: Readonly<Record<string, string>> = {
  'registry-1.docker.io': 'auth.docker.io',
  'registry.gitlab.com': 'gitlab.com',
};

/**
 * The URL of the token server that a registry named. It is untrusted: the password goes there only when it is the
 * registry's own host, one that is known to belong to it, or one that the user trusts; and never over plain http unless
 * the registry itself is spoken to that way.
 * @throws oci.token-realm-untrusted, oci.token-invalid
 */
export function checkRealm(realm: string, registry: URL, trusted: readonly string[]): URL {
  let url: URL;
  try {
    url = new URL(realm, registry);
  } catch {
    throw ociError('token-invalid', { realm, host: registry.host, reason: 'the realm is no URL' });
  }
  const secure = url.protocol === 'https:' || (url.protocol === 'http:' && registry.protocol === 'http:');
  const related =
    url.hostname === registry.hostname || PINNED[registry.host] === url.host || trusted.includes(url.host);
  if (!secure || !related || url.username !== '' || url.password !== '') {
    throw ociError('token-realm-untrusted', { host: registry.host, realm: url.origin, realmHost: url.host });
  }
  return url;
}
