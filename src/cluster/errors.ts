import { errorFamily } from '../base/errors.ts';

/**
 * Errors of kubeconfigs and of API servers. `step` is the operation that failed; arguments never contain a credential.
 */
export const clusterError = errorFamily('cluster', {
  'kubeconfig-unreadable': {
    text: 'Cannot read the kubeconfig {file}: {reason}',
    remedy: 'Check the permissions of the file.',
  },
  'kubeconfig-named-unreadable': {
    text: '{origin} names {file}, which cannot be read: {reason}',
    remedy: 'Correct the path in {origin}, or the permissions of the file.',
  },
  'kubeconfig-invalid': {
    text: 'Cannot use the kubeconfig {file}: {reason}',
    remedy: 'Correct the file. kubectl config view --kubeconfig {file} shows how kubectl reads it.',
  },
  'kubeconfig-partial': {
    text: 'Part of the kubeconfig {file} is ignored: {reason}',
    remedy: 'Correct the file.',
  },
  'context-missing': {
    text: "The kubeconfig has no context '{context}'",
    remedy: 'Choose another context, or add it to the kubeconfig.',
  },
  'context-incomplete': {
    text: "Cannot use the context '{context}': {reason}",
    remedy: 'Correct the kubeconfig {file}.',
  },
  'credentials-unreadable': {
    text: "Cannot read the credentials of the context '{context}': {reason}",
    remedy: 'Check the certificates, keys and tokens in its kubeconfig.',
  },
  'exec-not-allowed': {
    text: "The context '{context}' logs in with the program '{command}', which runs only in a trusted workspace",
    remedy: 'Trust this workspace if you know where the kubeconfig {file} comes from.',
  },
  'exec-failed': {
    text: "The login program '{command}' of the context '{context}' failed: {reason}",
    remedy: 'Run it (or kubectl) once in a terminal to log in.',
  },
  'exec-missing': {
    text: "The login program '{command}' of the context '{context}' is not installed, or not on the PATH",
    remedy: 'Install it, then restart this program so that it sees the new PATH. {hint}',
  },
  'exec-needs-terminal': {
    text: "The login program '{command}' of the context '{context}' needs a terminal (interactiveMode: Always), and there is none here",
    remedy:
      'If the program can log in without asking, set interactiveMode to IfAvailable in the kubeconfig {file}; otherwise use a context with another kind of login.',
  },
  'exec-timeout': {
    text: "The login program '{command}' of the context '{context}' did not finish within {seconds} s",
    remedy: 'It may be waiting for input: run it (or kubectl) once in a terminal to log in.',
  },
  'login-failed': {
    text: "The login of the context '{context}' failed: {reason}",
    remedy: 'Log in again with the tool that created the kubeconfig {file}.',
  },
  'host-not-found': {
    text: 'Could not resolve the host of the API server {host} ({step})',
    remedy: 'Check the name, and whether this machine can resolve it (DNS, VPN, /etc/hosts).',
  },
  'connection-refused': {
    text: 'Could not connect to the API server {host}: connection refused ({step})',
    remedy: 'Check that the cluster is running and that the port in the kubeconfig is correct.',
  },
  unreachable: {
    text: 'Could not reach the API server {host}: {reason} ({step})',
    remedy: 'Check the network, VPN, firewall or proxy between this machine and the cluster.',
  },
  'proxy-failed': {
    text: 'Could not reach the API server {host} through the proxy {proxy}: {reason} ({step})',
    remedy:
      'Check that the proxy is running and allows this server. Its address comes from proxy-url in the kubeconfig, or from the proxy settings.',
  },
  'connection-lost': {
    text: 'The connection to the API server {host} was lost: {reason} ({step})',
    remedy: 'Try again.',
  },
  timeout: {
    text: 'The API server {host} did not answer within {seconds} s ({step})',
    remedy: 'Check the network, VPN, firewall or proxy between this machine and the cluster.',
  },
  'certificate-unknown': {
    text: 'The certificate of the API server {host} is signed by an unknown authority: {reason} ({step})',
    remedy: "Set certificate-authority in the kubeconfig to the cluster's CA.",
  },
  'certificate-invalid': {
    text: 'The certificate of the API server {host} is not valid for it: {reason} ({step})',
    remedy: 'Use a name that the certificate is valid for (or tls-server-name), or have the certificate renewed.',
  },
  'client-certificate-refused': {
    text: 'The API server {host} rejected the client certificate: {reason} ({step})',
    remedy: 'The certificate may have expired: get a new kubeconfig.',
  },
  'not-https': {
    text: '{host} does not speak TLS ({step})',
    remedy: 'Check the port in the kubeconfig; is it the API server?',
  },
  'https-needed': {
    text: '{host} requires TLS, but the kubeconfig uses plain HTTP ({step})',
    remedy: 'Change the server URL in the kubeconfig to https://.',
  },
  anonymous: {
    text: "The API server {host} treats the context '{context}' as anonymous: {reason} ({step})",
    remedy: 'Correct the server or the user of the context in its kubeconfig.',
  },
  unauthorized: {
    text: "The API server {host} rejected the credentials of the context '{context}' ({step})",
    remedy: 'They may have expired. Log in again with the tool that created the kubeconfig.',
  },
  forbidden: {
    text: '{message} ({step})',
    remedy: 'Ask a cluster administrator for permission.',
  },
  'not-found': {
    text: '{message} ({step})',
    remedy: 'It may have been deleted in the meantime. Refresh and try again.',
  },
  'api-missing': {
    text: 'The API server {host} does not serve {api} ({step})',
    remedy: 'Install kapp-controller in this cluster, or choose another context.',
  },
  'api-unavailable': {
    text: 'The API {api} of {host} is not available: {message} ({step})',
    remedy: 'Check the kapp-controller pod and the APIService of this API.',
  },
  'no-kapp-controller': {
    text: 'kapp-controller is not installed in the cluster {host}',
    remedy: 'Install kapp-controller, then check again.',
  },
  'old-alpha': {
    text: 'The kapp-controller in the cluster {host} is an alpha release of 2021 (up to v0.20.0-rc), which is not supported',
    remedy: 'Install a current release of kapp-controller.',
  },
  'namespace-missing': {
    text: "The namespace '{namespace}' does not exist in the cluster",
    remedy: 'Create it, or choose another namespace.',
  },
  'namespace-terminating': {
    text: "The namespace '{namespace}' is being deleted",
    remedy: 'Wait until it is gone and create it again, or choose another namespace.',
  },
  'namespace-name': {
    text: "'{namespace}' is not a valid namespace name",
    remedy: 'Use lowercase letters, digits and dashes, starting and ending with a letter or a digit.',
  },
  expired: {
    text: 'The API server {host} no longer has the requested resource version ({step})',
    remedy: 'Refresh the view.',
  },
  conflict: {
    text: '{managers} manages {fields} of {name} with another value',
    remedy: 'Change it there, or take over the fields. The other manager may then set them back.',
  },
  'already-exists': { text: '{name} already exists ({step})' },
  invalid: {
    text: 'The cluster rejected {name}: {message}',
    remedy: 'Correct the document and apply it again.',
  },
  'status-unexpected': {
    text: 'The API server {host} answered {status}: {message} ({step})',
    remedy: 'Try again. If it keeps failing, check the log of the API server.',
  },
  'response-invalid': {
    text: 'The API server {host} sent an invalid response: {reason} ({step})',
    remedy: 'Check that this is the address of an API server. A proxy may have responded instead.',
  },
  'left-paused': {
    text: 'The PackageRepository {name} is still paused: it was paused to trigger a reconcile and could not be resumed: {reason}',
    remedy: 'Resume it.',
  },
  'install-left-paused': {
    text: 'The PackageInstall {name} is still paused: it was paused to trigger a reconcile and could not be resumed: {reason}',
    remedy: 'Resume it.',
  },
  'install-delete-failed': {
    text: 'kapp-controller could not delete what the PackageInstall {name} installed: {reason}',
    remedy:
      'It keeps trying. Correct the cause, or delete the PackageInstall again and keep its resources. Its service account is still there.',
  },
  'changed-meanwhile': {
    text: '{name} was changed by someone else in the meantime',
    remedy: 'Nothing was written. Review the change and try again.',
  },
  'repository-there': {
    text: 'The PackageRepository {name} still exists, so nothing is left over from it',
    remedy: 'Nothing was deleted. Refresh and check the conflict again.',
  },
  closed: { text: "The session with the context '{context}' was closed" },
});
