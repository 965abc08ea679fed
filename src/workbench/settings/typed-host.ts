import { parseRegistryHost } from '../../oci/reference.ts';

export interface TypedHost {
  readonly host: string;
  /** Whether the user typed http://, which selects plain HTTP. */
  readonly http: boolean;
}

/**
 * Parses a typed or pasted registry: host, host:port or URL.
 * @throws oci.reference-invalid
 */
export function parseTypedHost(text: string): TypedHost {
  const [, scheme, rest = ''] = /^(https?:\/\/)?(.*?)(?:\/(?:v2\/?)?)?$/i.exec(text.trim()) ?? [];
  return { host: parseRegistryHost(rest.toLowerCase()), http: scheme?.toLowerCase() === 'http://' };
}
