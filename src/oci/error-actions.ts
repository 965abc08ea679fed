/**
 * An action that a program can offer in addition to an error's remedy; its subject is in the error's arguments, see
 * `actionFor`.
 */
export type ErrorAction =
  /** Ask for a user name and password for `registry`, and for `repository` if there is one. */
  | 'add-credentials'
  /**
   * Show the certificate of `host` and, if the user accepts it, store it for that host (see
   * net/tls/inspect-certificate).
   */
  | 'trust-certificate'
  /** Connect to `registry` over plain http. */
  | 'use-plain-http'
  /** Connect to `registry` over https. */
  | 'use-https'
  /** Choose a client certificate and its key for `host`. */
  | 'add-client-certificate'
  /** Allow the password of `registry` to be sent to the token server `realmHost`. */
  | 'trust-token-realm'
  /** Open the proxy settings. */
  | 'set-proxy';

const ACTIONS: Readonly<Record<string, ErrorAction>> = {
  'oci.credentials-missing': 'add-credentials',
  'oci.unauthorized': 'add-credentials',
  'oci.forbidden': 'add-credentials',
  // A registry may report content as missing if the user has no access to it.
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
 * The action for an error, by its code, because the error may come from another bundle or another process. The
 * arguments `host` and `registry` are host[:port], the latter as in references.
 */
export function actionFor(code: string): ErrorAction | undefined {
  return Object.hasOwn(ACTIONS, code) ? ACTIONS[code] : undefined;
}
