/** Explanations of what fails only when a Package is installed: its values, its service account, and its pods. */
export const INSTALL_FAILURES = {
  'values-missing': {
    text: 'The values of the package are missing: {object} not found in the namespace {namespace}',
    remedy: 'Create it in {namespace}, or correct the name in spec.values.',
  },
  'values-invalid': {
    text: 'The values of the package violate its schema',
    remedy: 'Correct the values that spec.values references. The message from the cluster below says which.',
  },
  'service-account-missing': {
    text: 'The service account {account} does not exist in the namespace {namespace}',
    remedy:
      'Create it with its permissions, or set another in spec.serviceAccountName. Without it, deletion does not finish either.',
  },
  'package-missing': {
    text: 'The namespace {namespace} offers no Package {object}',
    remedy:
      'Add the PackageRepository that has it, in {namespace} or for all namespaces, or correct spec.packageRef.refName.',
  },
  'version-missing': {
    text: 'No version of the Package {object} satisfies the constraint ({reason})',
    remedy:
      'Correct spec.packageRef.versionSelection, or add a repository that has the version. Prereleases must be allowed with prereleases: {}.',
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
  'value-invalid': {
    text: 'The value {key} violates the schema of the package: {reason}',
    remedy: 'Correct {key} in the values of the package.',
  },
  'value-type': {
    text: 'The value {key} violates the schema of the package: it must be {type}, and is {found}',
    remedy: 'Correct {key} in the values of the package.',
  },
  'value-unknown': {
    text: 'The package has no value {key}; it knows {reason}',
    remedy: 'Remove {key} from the values, or correct its name.',
  },
  'pod-security': {
    text: 'The namespace {namespace} does not admit the pods: they violate its Pod Security Standard "{policy}": {reason}',
    remedy:
      'Choose values with which the pods comply, or install into another namespace. A cluster administrator can change the label pod-security.kubernetes.io/enforce of {namespace}.',
  },
  'pod-account-missing': {
    text: 'The service account {account}, with which the pods of {object} run, does not exist in the namespace {namespace}',
    remedy: 'Create it, or correct the values of the package that name it.',
  },
  'pod-image-missing': {
    text: 'The node cannot pull {image}: {host} does not have it',
    remedy: 'Relocate the bundle of the package again. The node then pulls the image by itself.',
  },
  'pod-unauthorized': {
    text: 'The node cannot pull {image}: {host} requires credentials, and the pod has no pull secret that it accepts',
    remedy:
      'Create a pull secret for {host} in the namespace {namespace}, and name it in imagePullSecrets of the pod or its service account. A package with a placeholder Secret gets it from a SecretExport.',
  },
  'pod-untrusted': {
    text: 'The node cannot pull {image}: it does not trust the certificate of {host} ({reason})',
    remedy:
      'Add the CA to the trusted certificates of every node, for containerd in certs.d/{host}/hosts.toml. The CA certificates of kapp-controller do not apply to nodes.',
  },
  'pod-pull-failed': {
    text: 'The node cannot pull {image} from {host}: {reason}',
    remedy:
      'If {host} is outside the air gap, relocate the image and reference the copy. Otherwise check that the nodes reach {host}.',
  },
  'pod-unschedulable': {
    text: 'No node can run a pod of {object}: {reason}',
    remedy: 'Add a node with room for it, or choose values with which the package asks for less.',
  },
  'pod-crashes': {
    text: 'A container of {object} ends again and again: {reason}',
    remedy: 'Read what it printed (kubectl logs --previous), and check the values of the package.',
  },
} as const;
