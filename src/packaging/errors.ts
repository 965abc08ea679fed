import { errorFamily } from '../base/errors.ts';

/** Errors in documents written by the user. */
export const packagingError = errorFamily('packaging', {
  'document-broken': {
    text: 'The document is not valid YAML: {reason}',
    remedy: 'Correct the YAML and apply it again.',
  },
  'document-many': {
    text: 'The text contains {count} documents; expected one',
    remedy: 'Apply each document separately.',
  },
  'document-kind': {
    text: 'The document is a {kind} of {apiVersion}, not a PackageRepository of packaging.carvel.dev/v1alpha1',
    remedy: 'Only PackageRepositories can be applied.',
  },
  'document-old': {
    text: 'The document uses install.package.carvel.dev/v1alpha1, which no release of kapp-controller serves',
    remedy: 'Change apiVersion to packaging.carvel.dev/v1alpha1 and set metadata.namespace.',
  },
  'document-undecodable': {
    text: "kapp-controller cannot decode {field}: '{value}' is not a Go duration. It would stop reconciling every PackageRepository of the cluster",
    remedy: 'Write a duration such as 10m, 90s or 24h; there is no unit for days. Then apply it again.',
  },
  'install-missing': {
    text: 'The text contains no PackageInstall of packaging.carvel.dev/v1alpha1',
    remedy: 'Open a document with one, or run Install Package.',
  },
  'install-kind': {
    text: 'The text contains a {kind} of {apiVersion}, which cannot be applied with a PackageInstall',
    remedy: 'Only its ServiceAccount, roles and bindings, and the Secrets with its values are applied with it.',
  },
  'install-undecodable': {
    text: "kapp-controller cannot decode {field}: '{value}' is not a Go duration. It would stop reconciling every PackageInstall of the cluster",
    remedy: 'Write a duration such as 10m, 90s or 24h; there is no unit for days. Then apply it again.',
  },
  'document-name': {
    text: "The document's metadata.{field} is not a valid Kubernetes name: {value}",
    remedy: 'Use lowercase letters, digits and dashes, starting and ending with a letter or a digit.',
  },
});
