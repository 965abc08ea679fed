import { errorFamily } from '../base/errors.ts';

/** Errors of kubeconfigs and of API servers. `step` is what was being done; arguments never hold a credential. */
export const clusterError = errorFamily('cluster', {
  'kubeconfig-unreadable': {
    text: 'The kubeconfig {file} can not be read: {reason}',
    remedy: 'Check the path (KUBECONFIG, or the files you named) and the rights of the file.',
  },
  'kubeconfig-invalid': {
    text: 'The kubeconfig {file} can not be used: {reason}',
    remedy: 'Correct the file; kubectl config view --kubeconfig {file} shows what kubectl makes of it.',
  },
  'kubeconfig-partial': {
    text: 'Part of the kubeconfig {file} is not used: {reason}',
    remedy: 'Correct the file.',
  },
  'context-missing': {
    text: "The kubeconfig has no context '{context}'",
    remedy: 'Choose another context, or add it to the kubeconfig.',
  },
  'context-incomplete': {
    text: "The context '{context}' can not be used: {reason}",
    remedy: 'Correct the kubeconfig {file}.',
  },
  'credentials-unreadable': {
    text: "The credentials of the context '{context}' can not be read: {reason}",
    remedy: 'Check the certificates, keys and tokens that its kubeconfig holds or names.',
  },
  'exec-not-allowed': {
    text: "The context '{context}' logs in by running the program '{command}', which is allowed in a trusted workspace only",
    remedy: 'Trust this workspace if you know where the kubeconfig {file} comes from.',
  },
  'exec-failed': {
    text: "The login program '{command}' of the context '{context}' failed: {reason}",
    remedy: 'Run it, or kubectl, once in a terminal to log in.',
  },
  'exec-missing': {
    text: "The login program '{command}' of the context '{context}' is not installed, or not on the PATH",
    remedy: 'Install it, then restart the program that reports this so that it sees the new PATH. {hint}',
  },
  'exec-needs-terminal': {
    text: "The login program '{command}' of the context '{context}' needs a terminal (interactiveMode: Always), and there is none here",
    remedy:
      'If the program can log in without asking, set interactiveMode to IfAvailable in the kubeconfig {file}; otherwise use a context with another kind of login.',
  },
  'exec-timeout': {
    text: "The login program '{command}' of the context '{context}' did not end within {seconds} s",
    remedy: 'It may be waiting for you: run it, or kubectl, once in a terminal to log in.',
  },
  'login-failed': {
    text: "The login of the context '{context}' failed: {reason}",
    remedy: 'Log in again with the tool that wrote the kubeconfig {file}.',
  },
  'host-not-found': {
    text: 'The host of the API server {host} could not be found ({step})',
    remedy: 'Check the name, and that this machine can resolve it (DNS, VPN, /etc/hosts).',
  },
  'connection-refused': {
    text: 'No API server answers at {host}: connection refused ({step})',
    remedy: 'Check that the cluster runs and that the kubeconfig names the right port.',
  },
  unreachable: {
    text: 'The API server {host} could not be reached: {reason} ({step})',
    remedy: 'Check the network, VPN, firewall or proxy between this machine and the cluster.',
  },
  'proxy-failed': {
    text: 'The API server {host} could not be reached through the proxy {proxy}: {reason} ({step})',
    remedy:
      'Check that the proxy runs and allows this server. Its address comes from proxy-url in the kubeconfig, or else from the proxy settings.',
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
    remedy: 'Use the name that the certificate was made for (or tls-server-name), or have the certificate renewed.',
  },
  'client-certificate-refused': {
    text: 'The API server {host} does not accept the client certificate: {reason} ({step})',
    remedy: 'The certificate may have expired: get a new kubeconfig.',
  },
  'not-https': {
    text: '{host} does not speak TLS ({step})',
    remedy: 'Check the port in the kubeconfig; is it the API server?',
  },
  'https-needed': {
    text: '{host} speaks TLS, but the kubeconfig reaches it by plain http ({step})',
    remedy: 'Let server in the kubeconfig begin with https://.',
  },
  anonymous: {
    text: "The API server {host} treats the context '{context}' as anonymous: {reason} ({step})",
    remedy: 'Correct the server or the user of the context in its kubeconfig.',
  },
  unauthorized: {
    text: "The API server {host} does not accept the credentials of the context '{context}' ({step})",
    remedy: 'They may have expired: log in again with the tool that wrote the kubeconfig.',
  },
  forbidden: {
    text: '{message} ({step})',
    remedy: 'Ask an administrator of the cluster for the right to do this.',
  },
  'not-found': { text: '{message} ({step})', remedy: 'It may have been deleted meanwhile. Refresh, and try again.' },
  'api-missing': {
    text: 'The API server {host} does not serve {api} ({step})',
    remedy: 'Install kapp-controller in this cluster, or choose another context.',
  },
  'api-unavailable': {
    text: 'The API {api} of {host} is not available: {message} ({step})',
    remedy: 'Look at the pod of kapp-controller, and at the APIService of this API.',
  },
  'no-kapp-controller': {
    text: 'There is no kapp-controller in the cluster {host}',
    remedy: 'Install kapp-controller, then check again.',
  },
  'old-alpha': {
    text: 'The kapp-controller in the cluster {host} is an alpha release of 2021 (up to v0.20.0-rc), which is not supported',
    remedy: 'Install a current release of kapp-controller.',
  },
  'namespace-missing': {
    text: "The namespace '{namespace}' does not exist in the cluster",
    remedy: 'Create it, or choose another.',
  },
  'namespace-terminating': {
    text: "The namespace '{namespace}' is being deleted",
    remedy: 'Wait until it is gone and create it again, or choose another.',
  },
  'namespace-name': {
    text: "'{namespace}' is not a name that Kubernetes accepts for a namespace",
    remedy: 'Use lower case letters, digits and dashes, beginning and ending with a letter or a digit.',
  },
  expired: {
    text: 'The API server {host} no longer knows the state that was asked for ({step})',
    remedy: 'Refresh to list anew.',
  },
  conflict: {
    text: '{managers} manages {fields} of {name} with another value',
    remedy: 'Change it there, or take the fields over: the other manager may then set them back.',
  },
  'already-exists': { text: '{name} exists already ({step})' },
  invalid: {
    text: 'The cluster refuses {name}: {message}',
    remedy: 'Correct the document and apply it again.',
  },
  'status-unexpected': {
    text: 'The API server {host} answered {status}: {message} ({step})',
    remedy: 'Try again; if it stays, look at the log of the API server.',
  },
  'response-invalid': {
    text: 'The API server {host} gave an answer that can not be used: {reason} ({step})',
    remedy: 'Is this the address of an API server? A proxy may have answered instead.',
  },
  'left-paused': {
    text: 'The PackageRepository {name} is paused now: it could not be resumed after it was paused to have it reconcile: {reason}',
    remedy: 'Resume it.',
  },
  'changed-meanwhile': {
    text: '{name} was changed by someone else meanwhile',
    remedy: 'Nothing was written. Look at it again, and try again.',
  },
  'repository-there': {
    text: 'The PackageRepository {name} is not gone: nothing of it is left over',
    remedy: 'Nothing was deleted. Refresh, and look again at what it is in conflict with.',
  },
  closed: { text: "The session with the context '{context}' was closed" },
});
