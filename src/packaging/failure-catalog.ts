import { errorFamily } from '../base/errors.ts';

/** What a reconcile failure means, and what to do. Not thrown: they explain what the cluster reported. */
export const reconcileFailure = errorFamily('reconcile', {
  unauthorized: {
    text: 'The registry {host} wants credentials for {image}, and kapp-controller has none that it accepts',
    remedy:
      'Create a pull secret for {host} in the namespace {namespace} and name it in spec.fetch.imgpkgBundle.secretRef, or offer one with a SecretExport. Some registries also answer this when the repository does not exist.',
  },
  'credentials-refused': {
    text: 'The registry {host} does not accept the credentials of the Secret {secret} for {image}',
    remedy:
      'Check user and password in the Secret {secret} (namespace {namespace}). A dockerconfigjson needs an entry for {host} with the same port: https:// before it, /v2/ after it, the start of a repository path, and * for a part of the name are allowed. An entry of a credential helper, which has no password, does not work in a cluster.',
  },
  'unknown-ca': {
    text: 'The cluster does not trust the certificate of {host}: it is signed by an unknown authority',
    remedy:
      'Append the CA certificate to caCerts in the Secret kapp-controller-config (namespace kapp-controller), then let the repository reconcile again.',
  },
  'certificate-invalid': {
    text: 'The certificate of {host} is not valid for the cluster: {reason}',
    remedy: 'Use the name that the certificate was made for, or have the certificate renewed.',
  },
  'plain-http': {
    text: '{host} speaks plain http, which kapp-controller accepts only from local names',
    remedy:
      'Give the registry TLS. Plain http works only for localhost, names ending in .local or .localhost, and private IPv4 addresses.',
  },
  dns: {
    text: 'The name {host} can not be resolved inside the cluster',
    remedy: 'Use a name that the cluster resolves; this machine resolving it is not enough.',
  },
  refused: {
    text: 'Nothing answers at {host} from inside the cluster: connection refused',
    remedy:
      'Check the port, and that the registry is reachable from the cluster; localhost means the pod itself there.',
  },
  timeout: {
    text: '{host} does not answer from inside the cluster (time-out)',
    remedy: 'Check firewall and network policy; behind a proxy set httpsProxy and noProxy in kapp-controller-config.',
  },
  'image-missing': {
    text: 'The registry {host} does not have {image}',
    remedy: 'Relocate the bundle there first, or use a tag or digest that exists.',
  },
  'repository-missing': {
    text: 'The registry {host} does not know the repository of {image}',
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
    text: 'The image reference {image} can not be read',
    remedy: 'Write it as registry.example:5000/path@sha256:…, in lower case.',
  },
  'no-tag-matches': {
    text: 'No tag of {image} satisfies the version constraint',
    remedy: 'Relocate a bundle with a fitting version tag, change the constraint, or refer to the bundle by digest.',
  },
  'constraint-invalid': {
    text: 'The version constraint in tagSelection can not be read',
    remedy: 'Write it as for example ">=1.0.0 <2.0.0" or "1.8.x".',
  },
  'secret-missing': {
    text: 'The Secret {secret} does not exist in the namespace {namespace}',
    remedy: 'Create it in {namespace}; kapp-controller tries again as soon as it is there.',
  },
  'secret-invalid': {
    text: 'The Secret for the registry has a content that kapp-controller does not accept: {reason}',
    remedy:
      'Use the type kubernetes.io/dockerconfigjson with user and password, or a Secret with username and password only.',
  },
  'locations-unreadable': {
    text: 'The registry {host} failed while the locations of the bundle were read',
    remedy: 'Look at the log of the registry; kapp-controller tries again by itself.',
  },
  'no-packages': {
    text: 'The bundle {image} has no packages/ directory: it is not a package repository bundle',
    remedy:
      'Use the bundle of the repository; the bundle of a package or an application goes into a PackageInstall or an App.',
  },
  'lock-incomplete': {
    text: 'An entry in the ImagesLock of the bundle has no kbld.carvel.dev/id annotation',
    remedy: 'The bundle has to be made again with a lock that kbld wrote (kbld --imgpkg-lock-output).',
  },
  'image-not-in-lock': {
    text: 'A Package names {image} by tag, and the ImagesLock of the bundle does not list it',
    remedy:
      'The repository bundle was made without a complete lock. It has to be made again, or the image has to be reachable under this name.',
  },
  'template-broken': {
    text: 'The templates in the bundle can not be rendered',
    remedy: 'The bundle has a fault; ask who made it.',
  },
  conflict: {
    text: '{object} exists in the namespace {namespace} already, with another content ({reason})',
    remedy:
      'Another PackageRepository in this namespace provides the same package. Change the reference in that one instead of adding a second, or delete it first.',
  },
  'package-invalid': {
    text: 'A Package in the bundle is refused by the cluster: {reason}',
    remedy: 'The bundle has a fault; ask who made it.',
  },
  'nothing-to-deploy': {
    text: 'The bundle {image} holds no Package that this kapp-controller knows',
    remedy: 'Check that packages/ holds Packages of data.packaging.carvel.dev/v1alpha1.',
  },
  'package-api-down': {
    text: 'The API for Packages (data.packaging.carvel.dev) is not available in the cluster',
    remedy: 'Look at the APIService v1alpha1.data.packaging.carvel.dev and at the pod of kapp-controller.',
  },
});
