import { errorFamily } from '../base/errors.ts';

/** Errors that leave nothing to audit. */
export const auditError = errorFamily('audit', {
  'nothing-in-file': {
    text: '{path} contains no PackageRepository, BundleLock or ImagesLock',
    remedy: 'Specify a YAML file with one of them, or the reference of a bundle.',
  },
  'repository-source': {
    text: 'The PackageRepository {name} fetches from {kind}, but kapp-controller rewrites references only for imgpkgBundle',
    remedy: 'Push the repository as a bundle (imgpkg push -b) and refer to it with spec.fetch.imgpkgBundle.',
  },
  'nothing-resolved': {
    text: 'The PackageRepository {name} has not been fetched yet, so its bundle is unknown',
    remedy: 'Wait until it has reconciled, or audit the reference of the bundle.',
  },
  'selection-and-tag': {
    text: 'The reference {reference} has a tag or digest in addition to a tagSelection, which kapp-controller cannot fetch',
    remedy: 'Remove either the tag or digest, or the tagSelection.',
  },
  'selection-unsupported': {
    text: 'The tagSelection of {repository} has no semver, which is the only selection that kapp-controller supports',
    remedy: 'Add semver constraints to the tagSelection, or remove it.',
  },
  'too-many-tags': {
    text: '{repository} has more than {limit} tags, so the selected one is unknown',
    remedy: 'Audit the bundle by its tag or digest.',
  },
  'namespace-missing': {
    text: "The cluster of the context '{context}' has no namespace '{namespace}'",
    remedy: 'Check its name (kubectl get namespaces).',
  },
  'package-missing': {
    text: "The namespace '{namespace}' offers no Package {package}",
    remedy: 'Check its name and version (kubectl get packages). Its PackageRepository may not have reconciled yet.',
  },
  'no-tag-fits': {
    text: "No tag of {repository} satisfies the version constraint '{constraints}'",
    remedy: 'Relocate a bundle with such a version, or change the constraint.',
  },
});
