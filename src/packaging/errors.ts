import { errorFamily } from '../base/errors.ts';

/** Errors of documents that a user wrote. */
export const packagingError = errorFamily('packaging', {
  'document-broken': {
    text: 'The document is not valid YAML: {reason}',
    remedy: 'Correct the YAML and apply it again.',
  },
  'document-many': {
    text: 'The text holds {count} documents where one is expected',
    remedy: 'Apply each document by itself.',
  },
  'document-kind': {
    text: 'The document is a {kind} of {apiVersion}, not a PackageRepository of packaging.carvel.dev/v1alpha1',
    remedy: 'Only PackageRepositories can be applied.',
  },
  'document-old': {
    text: 'The document is written for install.package.carvel.dev/v1alpha1, which no release of kapp-controller serves',
    remedy: 'Change apiVersion to packaging.carvel.dev/v1alpha1 and give metadata a namespace.',
  },
  'document-undecodable': {
    text: "kapp-controller cannot decode {field}: '{value}' is not a Go duration. It would stop reconciling every PackageRepository of the cluster",
    remedy: 'Write a duration such as 10m, 90s or 24h; there is no unit for days. Then apply it again.',
  },
  'document-name': {
    text: "The document's metadata.{field} is not a name that Kubernetes accepts: {value}",
    remedy: 'Use lower case letters, digits and dashes, beginning and ending with a letter or a digit.',
  },
});
