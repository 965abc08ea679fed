import { parseRegistryHost } from '../../oci/reference.ts';

export interface TypedHost {
  readonly host: string;
  /** The user wrote http://, which asks for plain http. */
  readonly http: boolean;
}

/**
 * What people type or paste where a registry is asked for: host, host:port, or its address.
 * @throws oci.reference-invalid
 */
export function parseTypedHost(text: string): TypedHost {
  const [, scheme, rest = ''] = /^(https?:\/\/)?(.*?)(?:\/(?:v2\/?)?)?$/i.exec(text.trim()) ?? [];
  return { host: parseRegistryHost(rest.toLowerCase()), http: scheme?.toLowerCase() === 'http://' };
}
