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
  'package-choice-invalid': {
    text: "'{choice}' does not choose a Package: {reason}",
    remedy: 'Write NAME for all versions, or NAME@CONSTRAINT, such as web.apps.example.com@>=1.2.0.',
  },
  'package-not-offered': {
    text: 'The bundle {bundle} has no Package {name}. It has: {offered}',
    remedy: 'Choose one of its Packages. describe --packages lists them with their versions and sizes.',
  },
  'version-not-offered': {
    text: "No version of {name} in the bundle {bundle} matches '{choice}'. It has: {offered}",
    remedy: 'Choose one of its versions. describe --packages lists them with their sizes.',
  },
  'packages-missing': {
    text: 'The bundle {bundle} has no Packages below packages/',
    remedy: 'Packages can only be chosen from the bundle of a PackageRepository. Copy this bundle as a whole.',
  },
  'packages-templated': {
    text: 'Packages of the bundle {bundle} cannot be chosen: {path} is a ytt template, and kapp-controller renders all files below packages/ together',
    remedy:
      'Render packages/ with ytt, push the result as a bundle of its own and choose from that, or copy the bundle as a whole.',
  },
  'packages-unreadable': {
    text: 'Packages of the bundle {bundle} cannot be chosen: {path}: {reason}',
    remedy: 'Correct the file and push the bundle again, or copy the bundle as a whole.',
  },
});
