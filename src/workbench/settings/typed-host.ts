import { ociError } from '../../oci/errors.ts';
import { parseReference, parseRegistryHost, parseRepository } from '../../oci/reference.ts';

export interface TypedHost {
  readonly host: string;
  /** Whether the user typed http://, which selects plain HTTP. */
  readonly http: boolean;
}

/** A registry, repository or image as typed or pasted. */
export interface TypedPlace extends TypedHost {
  readonly path?: string;
  /** Only if it was typed: there is no default. */
  readonly tag?: string;
  readonly digest?: string;
}

/** What browsers and other tools put around a reference. */
const SCHEME = /^(https?|oci|docker):\/\//i;

/** Removes what surrounds a pasted reference: spaces, quotes, a scheme such as https:// or oci://, a slash at the end. */
export function pastedReference(text: string): string {
  return unquoted(text).replace(SCHEME, '').replace(/\/+$/, '');
}

/**
 * Parses a typed or pasted registry: host, host:port or URL, possibly with a repository, tag and digest, whose first part is
 * always the host.
 * @throws oci.reference-invalid
 */
export function parseTypedPlace(text: string): TypedPlace {
  const http = /^http:\/\//i.test(unquoted(text));
  // The address of the API, as curl and browsers show it.
  const pasted = pastedReference(text).replace(/\/v2$/, '');
  const slash = pasted.indexOf('/');
  const host = parseRegistryHost((slash < 0 ? pasted : pasted.slice(0, slash)).toLowerCase());
  if (slash < 0) return { host, http };
  const rest = pasted.slice(slash + 1);
  // A host that looks like a name of Docker Hub, such as `registry/app`, is a host here.
  const { path, tag, digest } = parseReference(`${/[.:]/.test(host) ? host : `${host}:1`}/${rest}`);
  const isTagged = /:[^/@]*(?:@|$)/.test(rest);
  return {
    host,
    http,
    path,
    ...(isTagged && tag !== undefined ? { tag } : {}),
    ...(digest === undefined ? {} : { digest }),
  };
}

/** Like `parseTypedPlace`, for questions about the registry only. */
export function parseTypedHost(text: string): TypedHost {
  const { host, http } = parseTypedPlace(text);
  return { host, http };
}

/**
 * Parses a repository of a registry: its path, or a pasted reference with the registry, tag or digest.
 * @throws oci.repository-invalid, oci.reference-invalid, also for a reference to another registry
 */
export function repositoryIn(registry: string, text: string): string {
  const pasted = pastedReference(text);
  const isFull = pasted.toLowerCase().startsWith(`${registry}/`);
  // Without a scheme or a port, `other.example/team/app` is a path, which proxies of other registries use.
  const [, other = ''] = /^([^/]+)\//.exec(pasted) ?? [];
  if (!isFull && (other.includes(':') || (other !== '' && SCHEME.test(unquoted(text))))) {
    throw ociError('reference-invalid', { reference: pasted, reason: `it is in another registry, ${other}` });
  }
  const path = isFull ? pasted.slice(registry.length + 1) : pasted;
  const [name = ''] = path.split('@');
  return parseRepository(`${registry}/${name.replace(/:[^/:]*$/, '')}`).path;
}

function unquoted(text: string): string {
  return text
    .trim()
    .replace(/^(['"`])(.*)\1$/, '$2')
    .trim();
}
