import { errorFamily } from '../base/errors.ts';

/** Errors of registries and of their content. The texts keep imgpkg's wording where scripts match on it. */
export const ociError = errorFamily('oci', {
  'reference-protocol': {
    text: "Reference '{reference}' should not include {protocol} protocol prefix",
    remedy: 'Remove {protocol}. Plain HTTP is a setting of the registry.',
  },
  'reference-invalid': {
    text: 'could not parse reference: {reference} ({reason})',
    remedy: 'Write registry.example:5000/path/name, then :tag or @sha256:digest.',
  },
  'repository-invalid': {
    text: 'Building import repository ref: {reason}: {repository}',
    remedy: 'Write a repository without tag or digest, for example registry.example:5000/path/name.',
  },
  'digest-invalid': { text: "'{digest}' is not a valid digest ({where}): expected sha256: and 64 hexadecimal digits" },
  'digest-mismatch': {
    text: 'error verifying {algorithm} checksum after reading {bytes} bytes; got "{got}", want "{want}" ({where})',
    remedy: 'The content is damaged at the source or was changed in transit. Nothing of it was kept.',
  },
  'size-mismatch': {
    text: 'The blob {digest} has {got} bytes, its descriptor says {want} ({where})',
    remedy: 'The content is damaged at the source or was changed in transit. Nothing of it was kept.',
  },
  'manifest-invalid': { text: 'The manifest {where} is not valid: {reason}' },
  'manifest-unsupported': {
    text: 'The manifest {where} has the media type {mediaType}, which is not an OCI or Docker v2 image or index',
    remedy:
      'Push it again with a current tool, which writes an OCI or Docker v2 image; Docker schema 1 cannot be copied.',
  },
  'artifact-manifest': {
    text: 'The manifest {where} is an OCI artifact manifest ({mediaType}), a format that OCI withdrew before version 1.1',
    remedy:
      'Push the artifact again with a current version of its tool, which writes an image manifest with an artifactType.',
  },
  'build-cache': {
    text: 'The index {where} lists {mediaType}, which is not a manifest: it is a BuildKit build cache, not an image',
    remedy:
      'Omit the cache: no cluster pulls it. To copy it anyway, export it with image-manifest=true, which writes an image manifest.',
  },
  'referrers-invalid': {
    text: 'The list of referrers of {where} is not valid: {reason}',
    remedy: 'Repair the list at the registry, or copy without signatures and referrers.',
  },
  'referrers-tag-taken': {
    text: 'Cannot list the referrers of {subject} in {repository}: the tag {tag} is used for something else',
    remedy: 'Delete that tag and copy again, or copy without signatures and referrers.',
  },
  'referrers-not-listed': {
    text: '{repository} does not list {count} of the referrers that were copied for {subject}, after {attempts} attempts',
    remedy:
      'Check that no other tool changes this list at the same time and copy again, or copy without signatures and referrers.',
  },
  'too-large': { text: '{what} from {host} exceeds the limit of {limit} bytes' },
  'host-not-found': {
    text: "Could not resolve the host '{host}' ({step})",
    remedy: 'Check the name, and whether this machine can resolve it (DNS, VPN, /etc/hosts).',
  },
  'connection-refused': {
    text: 'Could not connect to {host}: connection refused ({step})',
    remedy: 'Check the host and port, and whether the registry is running.',
  },
  'location-unreachable': {
    text: '{registry} redirected this request to {host}, which cannot be reached: {reason} ({step})',
    remedy:
      "The registry {registry} sent that address. If it is an internal one, have the registry's external URL corrected (or the Host header that its proxy forwards). Otherwise, make {host} reachable from this machine.",
  },
  unreachable: {
    text: 'Could not reach the registry {host}: {reason} ({step})',
    remedy: 'Check the network, VPN, firewall or proxy between this machine and the registry.',
  },
  'connection-lost': {
    text: 'The connection to {host} was lost: {reason} ({step})',
    remedy: 'Try again. What is complete at the destination is not sent again.',
  },
  timeout: {
    text: 'timeout awaiting response headers: {host} did not answer in time ({step})',
    remedy: 'Check the network and whether the registry is overloaded, then try again.',
  },
  stalled: {
    text: 'No data was transferred to or from {host} for {after} s ({step})',
    remedy: 'Check the network and try again. What is complete at the destination is not sent again.',
  },
  'range-invalid': { text: '{host} did not send the requested part of the blob: {reason} ({step})' },
  'connect-timeout': {
    text: 'Timed out connecting to {host}: {reason} ({step})',
    remedy: 'Check the host and port, VPN and firewall, and whether {host} requires a proxy.',
  },
  'certificate-unknown': {
    text: 'The certificate of {host} is signed by an unknown authority: {reason} ({step})',
    remedy: "Add the registry's CA certificate (--registry-ca-cert-path, or the setting carvelAirgap.registries).",
  },
  'certificate-name': {
    text: 'The certificate of {host} is not valid for this host: {reason} ({step})',
    remedy: 'Use a name that the certificate is valid for, or have it renewed with this name.',
  },
  'certificate-expired': {
    text: 'The certificate of {host} has expired ({step})',
    remedy: "Have the certificate renewed, or check this machine's clock.",
  },
  'certificate-early': {
    text: 'The certificate of {host} is not valid yet ({step})',
    remedy: "Check this machine's clock.",
  },
  'certificate-file': {
    text: "Cannot use the file '{path}': {reason}",
    remedy: 'Certificates and keys must be readable PEM files, and keys must not be encrypted.',
  },
  'client-certificate': {
    text: '{host} requires a client certificate, or rejected the one it received: {reason} ({step})',
    remedy:
      'Set the client certificate and its key for this registry (--registry-client-cert {host}=FILE, or carvelAirgap.registries).',
  },
  'proxy-invalid': {
    text: 'Cannot use the proxy for {host}: {reason}',
    remedy: 'Write http://[user:password@]host:port in HTTPS_PROXY, HTTP_PROXY or the setting http.proxy.',
  },
  'proxy-unreachable': {
    text: 'Could not reach the proxy {proxy} for {host}: {reason}',
    remedy:
      'Check HTTPS_PROXY, HTTP_PROXY or http.proxy. If {host} needs no proxy, add it to NO_PROXY or http.noProxy.',
  },
  'proxy-credentials-missing': {
    text: 'The proxy {proxy} requires authentication: {status} ({step})',
    remedy: 'Add the user name and password to the proxy address: http://user:password@{proxy}.',
  },
  'proxy-unauthorized': {
    text: 'The proxy {proxy} rejected the user name or password: {status} ({step})',
    remedy: 'Check them in the proxy address. Special characters must be percent-encoded.',
  },
  'proxy-refused': {
    text: 'The proxy {proxy} refused to connect to {host}: {status} ({step})',
    remedy: 'Have {host} allowed at the proxy. If it needs no proxy, add it to NO_PROXY or http.noProxy.',
  },
  'not-https': {
    text: 'The registry {host} speaks HTTP, not HTTPS ({step})',
    remedy: 'If that is intended, allow plain HTTP for it (--registry-insecure, or "http" in carvelAirgap.registries).',
  },
  'not-http': {
    text: 'The registry {host} speaks HTTPS, not HTTP ({step})',
    remedy: 'Remove "http" for this registry from carvelAirgap.registries.',
  },
  'not-a-registry': {
    text: '{host} does not respond like a registry: {status} to {step}',
    remedy: 'Check the host and port. The registry must serve the OCI distribution API (/v2/).',
  },
  'credentials-missing': {
    text: '{host} requires credentials for {repository}: UNAUTHORIZED: {reason} ({step})',
    remedy: 'Log in to {registry} (docker login {registry}). The request was sent without credentials.',
  },
  unauthorized: {
    text: '{host} rejected the user name or password for {repository}: UNAUTHORIZED: {reason} ({step})',
    remedy:
      'Log in to {registry} (docker login {registry}), or check the user name and password. Credentials used: {credential}.',
  },
  forbidden: {
    text: '{host} denied access to {repository}: DENIED: {reason} ({step})',
    remedy: 'Ask for permission to do this in {repository}. Credentials used: {credential}.',
  },
  'token-realm-untrusted': {
    text: '{host} asks for the password to be sent to another host, {realm}',
    remedy: 'If that host belongs to the registry, allow it with --trust-token-realm {realmHost}.',
  },
  'token-invalid': { text: 'The token server {realm} of {host} answered without a usable token: {reason}' },
  'not-found': {
    text: '{step}: {reason}',
    remedy:
      'Check the name. A registry may also answer this if you have no access to the repository. Credentials used: {credential}.',
  },
  'layer-unavailable': {
    text: 'The layer {digest} is available neither from {host} nor from the URLs in its manifest [tried: {tried}]',
    remedy:
      'Check that this machine can reach one of the URLs (without credentials, and with HTTPS unless the registry itself uses plain HTTP), or copy without non-distributable layers.',
  },
  'read-only': {
    text: '{host} does not accept writes to {repository}: {reason} ({step})',
    remedy: 'The registry is read-only or under maintenance. Choose another destination, or ask its administrator.',
  },
  'chunks-refused': {
    text: '{host} rejected a chunked blob upload to {repository}: status {status} for PATCH: {reason} ({step})',
    remedy: 'Have the registry, or the proxy in front of it, allow PATCH requests (or larger PUT requests).',
  },
  'tag-immutable': {
    text: '{host} did not move the tag {tag} of {repository}, because tags are immutable there: {reason} ({step})',
    remedy:
      'Copy to another tag or repository, or have the registry allow this tag to be overwritten. The images themselves are copied.',
  },
  'manifest-refused': {
    text: '{host} rejected the manifest {digest} ({mediaType}) for {repository}: {status}: {reason} ({step})',
    remedy:
      'The registry may not support this manifest type or its content. Check its log. A newer version or another registry may accept it.',
  },
  'page-invalid': {
    text: '{host} did not say how its list continues: {reason} ({step})',
    remedy:
      'Ask the administrator of the registry, or of the proxy in front of it, about the Link header of this answer.',
  },
  'delete-unsupported': {
    text: '{host} does not allow deletion in {repository}: {reason}',
    remedy:
      'Enable deletion at the registry (CNCF Distribution: storage.delete.enabled), or delete in its own web interface.',
  },
  'rate-limited': {
    text: '{host} is limiting requests: TOOMANYREQUESTS: {reason} ({step})',
    remedy: 'Wait, or lower --concurrency, and run again. What is complete is not sent again.',
  },
  'pause-too-long': {
    text: '{host} asks to wait {minutes} minutes: {reason} ({step})',
    remedy: 'Run it again after that. What is complete is not sent again.',
  },
  'status-unexpected': {
    text: '{host} answered {status}: {reason} ({step})',
    remedy: 'Check the log of the registry, then try again.',
  },
  'address-refused': {
    text: '{registry} redirected to {host} ({address}), which is not allowed',
    remedy:
      'A registry may redirect to its own network and to public addresses. If {host} belongs to it, add it to carvelAirgap.registries, or allow a token server with --trust-token-realm.',
  },
  'redirect-refused': { text: '{host} redirected to {target}, which was not followed: {reason} ({step})' },
  'auth-file-unreadable': {
    text: 'The logins in {file} are not used: {reason}',
    remedy: 'Correct the file or its permissions, or log in again (docker login).',
  },
  'helper-name': {
    text: "The credential helper '{helper}' for {host} was not started, because that is not a program name",
    remedy: "Correct credHelpers or credsStore in docker's config.json.",
  },
  'helper-missing': {
    text: 'The credential helper {helper} for {host} was not found',
    remedy: "Install it, add its folder to the PATH, or remove it from docker's config.json.",
  },
  'helper-failed': {
    text: 'The credential helper {helper} did not return a password for {host}: {reason}',
    remedy: 'Run docker login {host} again, or test the helper in a terminal: echo {host} | {helper} get',
  },
  'helper-not-started': {
    text: 'The credential helper {helper}, which {file} specifies for {host}, does not run in restricted mode',
    remedy: 'Trust the workspace, or add credentials for {host}.',
  },
  'unknown-variable': {
    text: "Unknown env variable '{name}'",
    remedy:
      'Known are IMGPKG_REGISTRY_HOSTNAME, _USERNAME, _PASSWORD, _IDENTITY_TOKEN and _REGISTRY_TOKEN, each also with a suffix such as _0.',
  },
  'hostname-pattern': {
    text: "Parsing registry hostname: '{hostname}' has a pattern that is not valid",
    remedy: 'Write it as gcr.io or *.example.com; a [ needs its ].',
  },
  'response-invalid': { text: '{host} sent an invalid response: {reason} ({step})' },
});
