/** How one registry is reached. */
export interface RegistrySettings {
  /** host[:port] as in references */
  readonly host: string;
  /** Speak plain http because the user asked for it. */
  readonly plainHttp?: boolean;
}

/** How registries are reached; plain data, so that it can be handed to the engine's process. Holds no secret. */
export interface ConnectionSettings {
  readonly registries?: readonly RegistrySettings[];
  /** `--registry-insecure`: where a registry does not speak TLS, use http. Certificates are checked all the same. */
  readonly allowHttp?: boolean;
  /** PEM certificates added to the system's. */
  readonly caCertificates?: readonly string[];
  /** false: certificates are not checked (`--registry-verify-certs=false`). */
  readonly verifyCertificates?: boolean;
  /** Hosts of token servers that may be sent a registry's password although they are other hosts. */
  readonly trustedTokenRealms?: readonly string[];
  /** Blob bodies under way at once; without it the engine's lanes decide. 1 means one request at a time. */
  readonly concurrency?: number;
  /** Milliseconds until an answer has to begin; without it a minute. The end of an upload has up to 15 minutes, by its size. */
  readonly responseHeaderTimeout?: number;
  /** How often a request is sent at the most while it fails for a passing reason; without it 6 times, and patiently while the network is away. */
  readonly retryCount?: number;
  /** Milliseconds without a byte, on either side, after which a connection is given up and resumed; without it a minute. */
  readonly stallTimeout?: number;
}
