import { ociError } from '../errors.ts';

/** One challenge of a WWW-Authenticate header (RFC 9110, 11.3). Names are in lower case. */
export interface Challenge {
  readonly scheme: string;
  readonly parameters: ReadonlyMap<string, string>;
}

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+/;

/** All challenges of a header, which may contain several in one line. Everything after a syntax error is ignored. */
export function parseChallenges(header: string): Challenge[] {
  const challenges: { scheme: string; parameters: Map<string, string> }[] = [];
  let rest = header;
  while ((rest = rest.replace(/^[\s,]+/, '')) !== '') {
    const word = TOKEN.exec(rest)?.[0];
    if (word === undefined) break;
    rest = rest.slice(word.length);
    const current = challenges.at(-1);
    const value = /^\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))/.exec(rest);
    if (value !== null && current !== undefined) {
      rest = rest.slice(value[0].length);
      current.parameters.set(word.toLowerCase(), value[1]?.replace(/\\(.)/g, '$1') ?? value[2] ?? '');
    } else {
      challenges.push({ scheme: word.toLowerCase(), parameters: new Map() });
    }
  }
  return challenges;
}

/** The challenge to answer: Bearer takes precedence over Basic. */
export function chooseChallenge(header: string | undefined): Challenge | undefined {
  const challenges = header === undefined ? [] : parseChallenges(header);
  return (
    challenges.find(({ scheme, parameters }) => scheme === 'bearer' && parameters.has('realm')) ??
    challenges.find(({ scheme }) => scheme === 'basic')
  );
}

/** Token servers that belong to a registry on another host: registry host to realm host. */
const PINNED: Readonly<Record<string, string>> = {
  'registry-1.docker.io': 'auth.docker.io',
  'registry.gitlab.com': 'gitlab.com',
};

export interface RealmRules {
  /** host[:port] as in references, for messages */
  readonly registry: string;
  /** Hosts that the user trusts. */
  readonly trusted: readonly string[];
  /** Whether a password is sent; without one, another host learns nothing. */
  readonly withSecret: boolean;
}

/**
 * The URL of the token server that a registry named. It is untrusted: a password is sent only to the registry's own
 * host, to one that is known to belong to it, or to one that the user trusts. Plain http is used only if the registry
 * itself uses it.
 * @throws oci.token-realm-untrusted, oci.token-invalid
 */
export function checkRealm(realm: string, origin: URL, { registry, trusted, withSecret }: RealmRules): URL {
  let url: URL;
  try {
    url = new URL(realm, origin);
  } catch {
    throw ociError('token-invalid', { realm, host: origin.host, registry, reason: 'the realm is not a URL' });
  }
  const secure = url.protocol === 'https:' || (url.protocol === 'http:' && origin.protocol === 'http:');
  const related = url.hostname === origin.hostname || PINNED[origin.host] === url.host || trusted.includes(url.host);
  if (!secure || (withSecret && !related) || url.username !== '' || url.password !== '') {
    throw ociError('token-realm-untrusted', { host: origin.host, registry, realm: url.origin, realmHost: url.host });
  }
  return url;
}

/**
 * The target of a token server's redirect. The rules for a realm apply, because it is equally untrusted, and it must
 * not lead from https to http.
 * @throws oci.token-realm-untrusted, oci.token-invalid
 */
export function followRealm(location: string, from: URL, origin: URL, rules: RealmRules): URL {
  const realm = URL.canParse(location, from.href) ? new URL(location, from).href : location;
  const url = checkRealm(realm, origin, rules);
  if (from.protocol === 'https:' && url.protocol !== 'https:') {
    const { registry } = rules;
    throw ociError('token-realm-untrusted', { host: origin.host, registry, realm: url.origin, realmHost: url.host });
  }
  return url;
}
