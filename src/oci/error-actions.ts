/** What a program can offer beside an error's remedy. What it is about stands in the error's arguments, see below. */
export type ErrorAction =
  /** Ask for a user and password for `registry`, and for `repository` where there is one. */
  | 'add-credentials'
  /** Show the certificate of `host` and, where it is accepted, keep it for that host (see tls/inspect-certificate). */
  | 'trust-certificate'
  /** Have `registry` spoken to over plain http. */
  | 'use-plain-http'
  /** Have `registry` spoken to over https. */
  | 'use-https'
  /** Choose a client certificate and its key for `host`. */
  | 'add-client-certificate'
  /** Let the token server `realmHost` be sent the password of `registry`. */
  | 'trust-token-realm'
  /** Open where proxies are set. */
  | 'set-proxy';

const ACTIONS: Readonly<Record<string, ErrorAction>> = {
  'oci.credentials-missing': 'add-credentials',
  'oci.unauthorized': 'add-credentials',
  'oci.forbidden': 'add-credentials',
  // Where one may not look, a registry may say that there is nothing.
  'oci.not-found': 'add-credentials',
  'oci.certificate-unknown': 'trust-certificate',
  'oci.certificate-name': 'trust-certificate',
  'oci.certificate-expired': 'trust-certificate',
  'oci.certificate-early': 'trust-certificate',
  'oci.not-https': 'use-plain-http',
  'oci.not-http': 'use-https',
  'oci.client-certificate': 'add-client-certificate',
  'oci.token-realm-untrusted': 'trust-token-realm',
  'oci.proxy-invalid': 'set-proxy',
  'oci.proxy-unreachable': 'set-proxy',
  'oci.proxy-credentials-missing': 'set-proxy',
  'oci.proxy-unauthorized': 'set-proxy',
  'oci.proxy-refused': 'set-proxy',
};

/**
 * The action that fits an error, by its code: it may be of another bundle, or have come over a wire. Arguments `host` and
 * `registry` are host[:port], the second as in references.
 */
export function actionFor(code: string): ErrorAction | undefined {
  return Object.hasOwn(ACTIONS, code) ? ACTIONS[code] : undefined;
}
