import { errorFamily } from '../base/errors.ts';
import { INSTALL_FAILURES } from './install-failures.ts';

/** Explanations of reconcile failures with remedies; shown for what the cluster reported rather than thrown. */
export const reconcileFailure = errorFamily('reconcile', {
  ...INSTALL_FAILURES,
  unauthorized: {
    text: 'The registry {host} requires credentials for {image}, and kapp-controller has none that it accepts',
    remedy:
      'Create a pull secret for {host} in the namespace {namespace} and name it in spec.fetch.imgpkgBundle.secretRef, or offer one with a SecretExport. Some registries also answer this when the repository does not exist.',
  },
  'credentials-refused': {
    text: 'The registry {host} rejected the credentials of the Secret {secret} for {image}',
    remedy:
      "Check the user name and password in the Secret {secret} (namespace {namespace}). A dockerconfigjson needs an entry for {host} with the same port; https:// before it, /v2/ after it, the start of a repository path, and * for a part of the name are allowed. A credential helper's entry without a password does not work in a cluster.",
  },
  'unknown-ca': {
    text: 'The cluster does not trust the certificate of {host}: it is signed by an unknown authority',
    remedy:
      'Append the CA certificate to caCerts in the Secret kapp-controller-config, in the namespace that kapp-controller runs in, then reconcile again.',
  },
  'certificate-invalid': {
    text: 'The certificate of {host} is not valid for the cluster: {reason}',
    remedy: 'Use a name that the certificate is valid for, or have the certificate renewed.',
  },
  'plain-http': {
    text: '{host} speaks plain HTTP, which kapp-controller accepts only from local names',
    remedy:
      'Set up TLS for the registry. Plain HTTP works only for localhost, names ending in .local or .localhost, and private IPv4 addresses.',
  },
  dns: {
    text: 'The cluster cannot resolve the name {host}',
    remedy: 'Use a name that the cluster can resolve. This machine may resolve other names.',
  },
  refused: {
    text: 'The cluster could not connect to {host}: connection refused',
    remedy:
      'Check the port, and whether the registry is reachable from the cluster. In the cluster, localhost is the pod itself.',
  },
  timeout: {
    text: 'Timed out connecting to {host} from inside the cluster',
    remedy:
      'Check the firewall and network policies. Behind a proxy, set httpsProxy and noProxy in kapp-controller-config.',
  },
  'image-missing': {
    text: 'The registry {host} does not have {image}',
    remedy: 'Relocate the bundle there first, or use a tag or digest that exists.',
  },
  'repository-missing': {
    text: 'The registry {host} does not have the repository of {image}',
    remedy: 'Check the path, and relocate the bundle there first.',
  },
  'not-a-bundle': {
    text: '{image} is an image, not an imgpkg bundle',
    remedy: 'Use the reference of the bundle (pushed with imgpkg push -b), or spec.fetch.image for a plain image.',
  },
  'reference-scheme': {
    text: 'The image reference {image} begins with a protocol',
    remedy: 'Write the reference without https://, as registry.example:5000/path@sha256:…',
  },
  'reference-invalid': {
    text: 'The image reference {image} is not valid',
    remedy: 'Write it as registry.example:5000/path@sha256:…, in lowercase.',
  },
  'no-tag-matches': {
    text: 'No tag of {image} satisfies the version constraint',
    remedy: 'Relocate a bundle with a matching version tag, change the constraint, or reference the bundle by digest.',
  },
  'constraint-invalid': {
    text: 'The version constraint in tagSelection is not valid',
    remedy: 'Use for example ">=1.0.0 <2.0.0" or "1.8.x".',
  },
  'secret-missing': {
    text: 'The Secret {secret} does not exist in the namespace {namespace}',
    remedy: 'Create it in {namespace}. kapp-controller then retries by itself.',
  },
  'secret-invalid': {
    text: "The content of the registry's Secret is not accepted by kapp-controller: {reason}",
    remedy:
      'Use the type kubernetes.io/dockerconfigjson with a user name and password, or a Secret with only username and password.',
  },
  'locations-unreadable': {
    text: "The registry {host} failed while kapp-controller read the bundle's locations",
    remedy: 'Check the log of the registry. kapp-controller retries by itself.',
  },
  'no-packages': {
    text: 'The bundle {image} has no packages/ directory: it is not a package repository bundle',
    remedy:
      'Use the bundle of the package repository. The bundle of a package or an application belongs in a PackageInstall or an App.',
  },
  'lock-incomplete': {
    text: 'An entry in the ImagesLock of the bundle has no kbld.carvel.dev/id annotation',
    remedy: 'Rebuild the bundle with a lock that kbld wrote (kbld --imgpkg-lock-output).',
  },
  'image-not-in-lock': {
    text: 'No ImagesLock provides kbld with a digest for {image}, so it asked {host}, which failed',
    remedy:
      'Rebuild the bundle with a complete lock that its kbld step reads, or make {image} available under this name. kbld has no credentials, so a pull secret does not help.',
  },
  'template-broken': {
    text: 'The templates cannot be rendered',
    remedy: "The bundle, or its values or overlays, are faulty. ytt's message says where.",
  },
  conflict: {
    text: '{object} already exists in the namespace {namespace} with different content ({reason})',
    remedy:
      'Its annotation packaging.carvel.dev/package-repository-ref names the PackageRepository that created it. Change the reference there instead of adding a second repository. If that repository no longer exists, delete the Packages that it left behind.',
  },
  'package-invalid': {
    text: 'The cluster rejected a Package of the bundle: {reason}',
    remedy: 'The bundle is faulty. Ask its author.',
  },
  'nothing-to-deploy': {
    text: 'The bundle {image} contains no Package that this kapp-controller supports',
    remedy: 'Check that packages/ contains Packages of data.packaging.carvel.dev/v1alpha1.',
  },
  'package-api-down': {
    text: 'The API for Packages (data.packaging.carvel.dev) is not available in the cluster',
    remedy: 'Check the APIService v1alpha1.data.packaging.carvel.dev and the kapp-controller pod.',
  },
  unreachable: {
    text: '{host} cannot be reached from inside the cluster: {reason}',
    remedy: 'Check the routes, firewall and network policies between the cluster and {host}.',
  },
  'connection-cut': {
    text: 'The connection to {host} was cut: {reason}',
    remedy:
      'Look for a firewall, proxy or load balancer between the cluster and {host} that ends connections, and at the log of {host}.',
  },
  'dns-unreachable': {
    text: "The cluster's DNS server does not respond, so {host} cannot be resolved: {reason}",
    remedy:
      "Check the cluster's DNS (CoreDNS), and whether a network policy blocks it for the kapp-controller pod. {host} itself was not contacted.",
  },
  'proxy-unreachable': {
    text: 'kapp-controller cannot reach its proxy on the way to {host}: {reason}',
    remedy:
      'Correct httpProxy or httpsProxy in kapp-controller-config, or add {host} to noProxy there if the cluster reaches it directly.',
  },
  'proxy-refused': {
    text: 'The proxy of kapp-controller refuses to connect to {host}: {reason}',
    remedy:
      'Allow {host} in the proxy, or add it to noProxy in kapp-controller-config if the cluster reaches it directly. Credentials for the proxy belong in httpsProxy.',
  },
  'other-registry': {
    text: 'The fetch of {image} failed at another registry, {other}: {reason}',
    remedy: 'The bundle refers to {other}. Relocate it with all its images, so that nothing is fetched from there.',
  },
  'rate-limited': {
    text: '{host} is limiting requests: {reason}',
    remedy:
      'kapp-controller retries by itself. Relocate to a registry without this limit, or use credentials with a higher one.',
  },
  'registry-failed': {
    text: '{host} failed to answer: {reason}',
    remedy:
      'Check the log of {host}, or of the proxy or load balancer in front of it. kapp-controller retries by itself.',
  },
  policy: {
    text: 'A policy of the registry {host} forbids pulling {image}: {reason}',
    remedy:
      'Have the image meet the policy, or have an administrator of the registry exempt it. Credentials do not help.',
  },
  'address-refused': {
    text: 'The registry {host} refuses the address that the cluster calls from: {reason}',
    remedy: "Allow the cluster's outgoing address in the firewall rules of the registry.",
  },
  'storage-refused': {
    text: '{host}, to which the registry {registry} redirects for the content, did not deliver it: {reason}',
    remedy:
      'Check the storage of the registry: its address, its credentials, its clock, and that the content is still there.',
  },
  'not-a-registry': {
    text: '{host} does not respond like a registry: {reason}',
    remedy: 'Check the host and the port. A proxy, a firewall or a login page may have answered instead.',
  },
  'content-missing': {
    text: 'The registry {host} has {image}, but not all of its content',
    remedy: 'Relocate the image again; a garbage collection may have removed the content.',
  },
  'program-lost': {
    text: 'kapp-controller lost track of a program that it had started',
    remedy:
      'It tries again by itself, and the next attempt usually succeeds. If it happens often, update kapp-controller: newer versions no longer do this.',
  },
  'disk-full': {
    text: 'kapp-controller has no room to unpack what it fetched: {reason}',
    remedy: 'Give the kapp-controller pod a larger volume (it may be in memory), or free space on its node.',
  },
  'conflict-rival': {
    text: '{object} already exists in the namespace {namespace} with different content ({reason}): the PackageRepository {owner} provides it',
    remedy: 'Change the reference in {owner} instead of adding a second repository, or delete one of the two.',
  },
  'conflict-leftover': {
    text: '{object} already exists in the namespace {namespace} with different content ({reason}): it is left over from the PackageRepository {owner}, which no longer exists',
    remedy: 'Delete the Packages that {owner} left behind; this repository then provides them.',
  },
  'webhook-failed': {
    text: 'The admission webhook {webhook} of the cluster failed: {reason}',
    remedy:
      'Check the webhook configuration of this name and the pod that serves it. Until it responds, the API server rejects the objects it validates. The registry is not involved.',
  },
  'admission-denied': {
    text: '{webhook} of the cluster rejected the deployment: {reason}',
    remedy: 'Meet the policy, or have whoever owns it exempt this package.',
  },
  'rights-missing': {
    text: '{user} {reason}',
    remedy: 'Grant this service account the permission with a Role or ClusterRole and a binding.',
  },
  'namespace-missing': {
    text: 'The namespace {other}, into which the package deploys, does not exist',
    remedy: 'Create it. kapp-controller retries by itself.',
  },
  'namespace-ending': {
    text: 'The namespace {other} is being deleted, so nothing can be created in it',
    remedy: 'Wait until it is gone and create it again, or deploy into another.',
  },
  quota: {
    text: 'A resource quota of the cluster leaves no room: {reason}',
    remedy: 'Raise the quota, or have the package ask for less.',
  },
  'owned-by-other': {
    text: '{object} already belongs to {owner}',
    remedy:
      'Delete the other installation first, or install under its name. kapp does not take over what another app owns.',
  },
  'kind-missing': {
    text: 'The cluster does not know {object}',
    remedy:
      'Install what defines this kind first (a CustomResourceDefinition, often of another package), or a version of the package that suits this Kubernetes.',
  },
  'not-ready': {
    text: '{object} was deployed and did not become ready{reason}',
    remedy: 'Check its status, events and pods. The deployment itself was accepted.',
  },
  'not-ready-in-time': {
    text: '{object} was deployed and did not become ready in time',
    remedy: 'Check its status, events and pods. The deployment itself was accepted.',
  },
  'api-down': {
    text: 'The API {object} is not available in the cluster, so kapp cannot list existing resources',
    remedy:
      'Check the APIService of this API and the pod that serves it, or delete the APIService if its server no longer exists.',
  },
  'etcd-full': {
    text: 'The database of the cluster (etcd) is full',
    remedy: 'Compact and defragment etcd, and clear its alarm; no change to the cluster is possible before.',
  },
  'object-invalid': {
    text: 'The cluster rejected {object}: {reason}',
    remedy:
      'Correct the values of the package if they cause this; otherwise the package is faulty. An immutable field can only be changed by deleting the object.',
  },
  'api-server-unreachable': {
    text: 'kapp-controller cannot reach the API server {host}: {reason}',
    remedy: 'Check the network and the proxy settings (noProxy) of the pod of kapp-controller.',
  },
});
