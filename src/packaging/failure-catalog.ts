import { errorFamily } from '../base/errors.ts';

/** What a reconcile failure means, and what to do. Not thrown: they explain what the cluster reported. */
export const reconcileFailure = errorFamily('reconcile', {
  unauthorized: {
    text: 'The registry {host} requires credentials for {image}, and kapp-controller has none that it accepts',
    remedy:
      'Create a pull secret for {host} in the namespace {namespace} and name it in spec.fetch.imgpkgBundle.secretRef, or offer one with a SecretExport. Some registries also answer this when the repository does not exist.',
  },
  'credentials-refused': {
    text: 'The registry {host} rejected the credentials of the Secret {secret} for {image}',
    remedy:
      'Check user and password in the Secret {secret} (namespace {namespace}). A dockerconfigjson needs an entry for {host} with the same port: https:// before it, /v2/ after it, the start of a repository path, and * for a part of the name are allowed. An entry of a credential helper, which has no password, does not work in a cluster.',
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
    text: '{host} does not answer from inside the cluster (timeout)',
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
    text: 'No ImagesLock gives kbld a digest for {image}, so it asked {host} for one, which failed',
    remedy:
      'The bundle has to be made again with a complete lock that its kbld step reads, or {image} has to be reachable under this name. kbld has no credentials: a pull secret does not help.',
  },
  'template-broken': {
    text: 'The templates cannot be rendered',
    remedy: 'The bundle has a fault, or the values and overlays that were added to it; what ytt says names the place.',
  },
  conflict: {
    text: '{object} already exists in the namespace {namespace} with different content ({reason})',
    remedy:
      'Its annotation packaging.carvel.dev/package-repository-ref names the PackageRepository that made it. Change the reference in that one instead of adding a second; if it is gone, delete the Packages that it left behind.',
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
    text: 'The DNS server of the cluster does not answer, so {host} cannot be resolved: {reason}',
    remedy:
      'Check the DNS of the cluster (CoreDNS), and whether a network policy keeps the pod of kapp-controller from it. {host} itself was not asked.',
  },
  'proxy-unreachable': {
    text: 'kapp-controller cannot reach its proxy on the way to {host}: {reason}',
    remedy:
      'Correct httpProxy or httpsProxy in kapp-controller-config, or add {host} to noProxy there if the cluster reaches it directly.',
  },
  'proxy-refused': {
    text: 'The proxy of kapp-controller refuses to connect to {host}: {reason}',
    remedy:
      'Permit {host} in the proxy, or add it to noProxy in kapp-controller-config if the cluster reaches it directly. A proxy that wants a login needs it in httpsProxy.',
  },
  'other-registry': {
    text: 'The fetch of {image} failed at another registry, {other}: {reason}',
    remedy: 'The bundle refers to {other}. Relocate it with all its images, so that nothing is fetched from there.',
  },
  'rate-limited': {
    text: '{host} refuses for now, because there were too many requests: {reason}',
    remedy:
      'kapp-controller tries again by itself. Relocate to a registry without this limit, or fetch with credentials that have a higher one.',
  },
  'registry-failed': {
    text: '{host} failed to answer: {reason}',
    remedy:
      'Look at the log of {host}, or of the proxy or load balancer before it; kapp-controller tries again by itself.',
  },
  policy: {
    text: 'A policy of the registry {host} forbids pulling {image}: {reason}',
    remedy:
      'Have the image meet the policy, or have an administrator of the registry exempt it. Credentials do not help.',
  },
  'address-refused': {
    text: 'The registry {host} refuses the address that the cluster calls from: {reason}',
    remedy: 'Permit the outgoing address of the cluster in the firewall rules of the registry.',
  },
  'storage-refused': {
    text: '{host}, where the registry {registry} sends kapp-controller for the content, does not give it: {reason}',
    remedy:
      'Check the storage of the registry: its address, its credentials, its clock, and that the content is still there.',
  },
  'not-a-registry': {
    text: '{host} does not answer as a registry does: {reason}',
    remedy: 'Check the host and the port. A proxy, a firewall or a login page may have answered instead.',
  },
  'content-missing': {
    text: 'The registry {host} has {image}, but not all of its content',
    remedy: 'Relocate the image again; a garbage collection may have removed the content.',
  },
  'disk-full': {
    text: 'kapp-controller has no room to unpack what it fetched: {reason}',
    remedy: 'Give the pod of kapp-controller a larger volume (it may be one in memory), or make room on its node.',
  },
  'conflict-rival': {
    text: '{object} exists in the namespace {namespace} already, with another content ({reason}): the PackageRepository {owner} provides it',
    remedy: 'Change the reference in {owner} instead of adding a second repository, or delete one of the two.',
  },
  'conflict-leftover': {
    text: '{object} exists in the namespace {namespace} already, with another content ({reason}): it is left over from the PackageRepository {owner}, which is gone',
    remedy: 'Delete the Packages that {owner} left behind; this repository then provides them.',
  },
  'webhook-failed': {
    text: 'The admission webhook {webhook} of the cluster failed: {reason}',
    remedy:
      'Look at the webhook configuration of this name and at the pod that serves it. Until it answers, the API server refuses what it is to check; the registry is not involved.',
  },
  'admission-denied': {
    text: '{webhook} of the cluster refuses what is deployed: {reason}',
    remedy: 'Meet the policy, or have whoever owns it exempt this package.',
  },
  'rights-missing': {
    text: '{user} {reason}',
    remedy: 'Give this service account the right, by a Role or ClusterRole and its binding.',
  },
  'namespace-missing': {
    text: 'The namespace {other}, into which the package deploys, does not exist',
    remedy: 'Create it; kapp-controller tries again by itself.',
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
    text: '{object} belongs to a {owner} already',
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
    remedy: 'Look at its status, events and pods: the deployment itself was accepted.',
  },
  'not-ready-in-time': {
    text: '{object} was deployed and did not become ready in time',
    remedy: 'Look at its status, events and pods: the deployment itself was accepted.',
  },
  'api-down': {
    text: 'The API {object} is not available in the cluster, so kapp cannot list what there is',
    remedy:
      'Look at the APIService of this API and at the pod that serves it, or delete the APIService if what served it is gone.',
  },
  'etcd-full': {
    text: 'The database of the cluster (etcd) is full',
    remedy: 'Compact and defragment etcd, and clear its alarm; no change to the cluster is possible before.',
  },
  'object-invalid': {
    text: 'The cluster refuses {object}: {reason}',
    remedy:
      'Correct the values of the package if they cause this; else the package has a fault. A field that is immutable changes only by deleting the object.',
  },
  'api-server-unreachable': {
    text: 'kapp-controller cannot reach the API server {host}: {reason}',
    remedy: 'Check the network and the proxy settings (noProxy) of the pod of kapp-controller.',
  },
  'values-missing': {
    text: 'The values of the package are not there: {object} not found in the namespace {namespace}',
    remedy: 'Create it in {namespace}, or correct the name in spec.values.',
  },
  'values-invalid': {
    text: 'The values of the package do not fit its schema',
    remedy: 'Correct the values that spec.values names; what the cluster says below tells which.',
  },
  'service-account-missing': {
    text: 'The service account {account} does not exist in the namespace {namespace}',
    remedy:
      'Create it with its rights, or name another in spec.serviceAccountName. Without it a deletion does not end either.',
  },
  'package-missing': {
    text: 'The namespace {namespace} offers no Package {object}',
    remedy:
      'Add the PackageRepository that has it, in {namespace} or for all namespaces, or correct spec.packageRef.refName.',
  },
  'version-missing': {
    text: 'No version of the Package {object} satisfies the constraint ({reason})',
    remedy:
      'Correct spec.packageRef.versionSelection, or add a repository that has the version. A prerelease has to be allowed by prereleases: {}.',
  },
  'version-unsuitable': {
    text: 'No version of the Package {object} suits this cluster ({reason})',
    remedy: 'Use a version of the package for this Kubernetes and kapp-controller, or update them.',
  },
  'install-unauthorized': {
    text: 'The registry {host} requires credentials for {image}, and kapp-controller has none that it accepts',
    remedy:
      'Offer credentials for {host} to the namespace {namespace} by a SecretExport (secretgen-controller), or name a Secret in the annotation ext.packaging.carvel.dev/fetch-{step}-secret-name of the PackageInstall. Some registries also answer this when the repository does not exist.',
  },
});
