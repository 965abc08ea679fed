/** How one server is reached. Paths are absolute. */
export interface ServerSettings {
  /** host[:port] */
  readonly host: string;
  /** PEM files of certificate authorities to trust for this server, and for the servers it leads to. */
  readonly caFiles?: readonly string[];
  /** PEM certificates that the user accepted by their fingerprint: valid for this server whatever else is wrong with them. */
  readonly trustedCertificates?: readonly string[];
  /** PEM of the only authorities to trust for this server: neither the system's nor those for all servers count. */
  readonly authorities?: string;
  /** The certificate, and its unencrypted key, that is presented to this server and no other. */
  readonly clientCertificate?: ClientCertificateFiles | ClientCertificate;
  /** The name that is sent to the server (SNI) and that its certificate must have; by default its host. */
  readonly serverName?: string;
  /** false: this server's certificate is not checked. */
  readonly verifyCertificates?: false;
  /** host[:port] of servers that it may lead to whatever their addresses are. */
  readonly mayLeadTo?: readonly string[];
}

/** PEM files. */
export interface ClientCertificateFiles {
  readonly certificateFile: string;
  readonly keyFile: string;
}

/** PEM. */
export interface ClientCertificate {
  readonly certificate: string;
  readonly key: string;
}

/** Which connections go through a proxy, by the rules of Go's httpproxy (see http/proxy-rules). */
export interface ProxySettings {
  /** For https: http://[user:password@]host[:port], or https://…; http if it has no scheme. May contain a password. */
  readonly httpsProxy?: string;
  /** The same for plain http. */
  readonly httpProxy?: string;
  /**
   * For every connection, to a loopback address as well: http://, https:// or socks5://[user:password@]host[:port]. The
   * other settings and exceptions do not apply then.
   */
  readonly everything?: string;
  /** Hosts, .domains, addresses, networks, each with an optional port; "*" is all. */
  readonly noProxy?: readonly string[];
  /** false: the certificate of the proxy itself is not checked. Those of servers behind it still are. */
  readonly strictTls?: boolean;
}

/** How servers are reached. Contains no server's credentials, but a proxy's URL may contain a password: never log it. */
export interface NetworkSettings {
  readonly servers?: readonly ServerSettings[];
  /** PEM certificates to trust in addition to the system's. */
  readonly caCertificates?: readonly string[];
  /** false: certificates are not checked. */
  readonly verifyCertificates?: boolean;
  readonly proxy?: ProxySettings;
  /** host[:port] of servers that every server may lead to whatever their addresses are. */
  readonly mayLeadTo?: readonly string[];
  /** Requests to one server that must not wait for each other. Without it, the defaults of each lane. */
  readonly concurrency?: number;
  /** Milliseconds until a response has to begin; a minute by default. */
  readonly responseHeaderTimeout?: number;
  /** Milliseconds without a byte, in either direction, after which a connection is given up; a minute by default. */
  readonly stallTimeout?: number;
}
