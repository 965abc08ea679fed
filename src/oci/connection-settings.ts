/** How one registry is reached. Paths are absolute: whoever makes this has resolved them. */
export interface RegistrySettings {
  /** host[:port] as in references; also a token server on a host of its own, for its certificates */
  readonly host: string;
  /** Speak plain http because the user asked for it. */
  readonly plainHttp?: boolean;
  /** PEM files of certificate authorities that vouch for this registry, and for the servers it leads to. */
  readonly caFiles?: readonly string[];
  /** PEM certificates that the user accepted by their fingerprint: valid for this registry whatever else is wrong with them. */
  readonly trustedCertificates?: readonly string[];
  /** PEM files with the certificate, and its unencrypted key, that is shown to this registry and nobody else. */
  readonly clientCertificate?: ClientCertificateFiles;
  /** Hosts of token servers that may be sent this registry's password although they are other hosts. */
  readonly trustedTokenRealms?: readonly string[];
  /** false: this registry's certificate is not checked. */
  readonly verifyCertificates?: false;
}

/** The token servers that a registry's password may be sent to besides its own host. */
export function trustedRealmsOf(registry: string, settings: ConnectionSettings): readonly string[] {
  const own = settings.registries?.find(({ host }) => host === registry)?.trustedTokenRealms ?? [];
  return [...(settings.trustedTokenRealms ?? []), ...own];
}

export interface ClientCertificateFiles {
  readonly certificateFile: string;
  readonly keyFile: string;
}

/** Which connections go through a proxy, by the rules of Go's httpproxy (see http/proxy-rules). */
export interface ProxySettings {
  /** For https: http://[user:password@]host[:port], or https://…; without scheme it is http. May hold a password. */
  readonly httpsProxy?: string;
  /** The same for plain http. */
  readonly httpProxy?: string;
  /** Hosts, .domains, addresses, networks, each with an optional port; "*" is all. */
  readonly noProxy?: readonly string[];
  /** false: the certificate of the proxy itself is not checked. Those of registries are, all the same. */
  readonly strictTls?: boolean;
}

/**
 * How registries are reached; plain data, so that it can be handed to the engine's process. It holds no registry's
 * credentials, but a proxy's URL may hold a password: it goes over the wire to the engine and is never logged.
 */
export interface ConnectionSettings {
  readonly registries?: readonly RegistrySettings[];
  /** `--registry-insecure`: where a registry does not speak TLS, use http. Certificates are checked all the same. */
  readonly allowHttp?: boolean;
  /** PEM certificates added to the system's. */
  readonly caCertificates?: readonly string[];
  /** false: certificates are not checked (`--registry-verify-certs=false`). */
  readonly verifyCertificates?: boolean;
  readonly proxy?: ProxySettings;
  /** Hosts of token servers that may be sent any registry's password although they are other hosts. */
  readonly trustedTokenRealms?: readonly string[];
  /** Blob bodies under way at once, and connections to each server if need be; without it the engine's lanes decide. 1 means one request at a time. */
  readonly concurrency?: number;
  /** Milliseconds until an answer has to begin; without it a minute. The end of an upload has up to 15 minutes, by its size. */
  readonly responseHeaderTimeout?: number;
  /** How often a request is sent at the most while it fails for a passing reason; without it 6 times, and patiently while the network is away. */
  readonly retryCount?: number;
  /** Milliseconds without a byte, on either side, after which a connection is given up and resumed; without it a minute. */
  readonly stallTimeout?: number;
}
