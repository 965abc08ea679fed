/** kapp-controller's APIs since v0.20.0 (reference/packaging-apis.md 1.1 and 1.2). */
export const PACKAGING_GROUP = 'packaging.carvel.dev';
export const DATA_PACKAGING_GROUP = 'data.packaging.carvel.dev';
export const PACKAGING_VERSION = 'v1alpha1';

export const PACKAGE_REPOSITORY_API_VERSION = `${PACKAGING_GROUP}/${PACKAGING_VERSION}`;
export const PACKAGE_REPOSITORY_KIND = 'PackageRepository';
export const PACKAGE_REPOSITORIES = 'packagerepositories';

export const PACKAGE_API_VERSION = `${DATA_PACKAGING_GROUP}/${PACKAGING_VERSION}`;
export const PACKAGE_KIND = 'Package';
export const PACKAGES = 'packages';
export const PACKAGE_METADATAS = 'packagemetadatas';

/** The group of the alpha releases until v0.19.0-alpha.9. No final release serves it, yet the published air-gapped page shows it. */
export const OLD_ALPHA_GROUP = 'install.package.carvel.dev';
export const OLD_ALPHA_API_VERSION = `${OLD_ALPHA_GROUP}/v1alpha1`;

/** On a Package: of two repositories that bring it, the higher one counts (3.4). */
export const REVISION_ANNOTATION = 'packaging.carvel.dev/revision';

/** On a Package: which repository made it, as `<namespace>/<name>` (1.6). */
export const REPOSITORY_REF_ANNOTATION = 'packaging.carvel.dev/package-repository-ref';
