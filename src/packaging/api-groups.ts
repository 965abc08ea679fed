/** The API groups of kapp-controller since v0.20.0. */
export const PACKAGING_GROUP = 'packaging.carvel.dev';
export const DATA_PACKAGING_GROUP = 'data.packaging.carvel.dev';
export const PACKAGING_VERSION = 'v1alpha1';

export const PACKAGE_REPOSITORY_API_VERSION = `${PACKAGING_GROUP}/${PACKAGING_VERSION}`;
export const PACKAGE_REPOSITORY_KIND = 'PackageRepository';
export const PACKAGE_REPOSITORIES = 'packagerepositories';

export const PACKAGE_API_VERSION = `${DATA_PACKAGING_GROUP}/${PACKAGING_VERSION}`;
export const PACKAGE_KIND = 'Package';
export const PACKAGE_METADATA_KIND = 'PackageMetadata';
export const PACKAGES = 'packages';
export const PACKAGE_METADATAS = 'packagemetadatas';

/**
 * The group of the alpha releases until v0.19.0-alpha.9. No final release serves it, although the published air-gapped
 * guide uses it.
 */
export const OLD_ALPHA_GROUP = 'install.package.carvel.dev';
export const OLD_ALPHA_API_VERSION = `${OLD_ALPHA_GROUP}/v1alpha1`;

/**
 * Annotation of a Package: if two repositories provide it, the higher revision wins (kapp-controller docs,
 * "Packaging").
 */
export const REVISION_ANNOTATION = 'packaging.carvel.dev/revision';

/** Annotation of a Package that names its repository as `<namespace>/<name>`. */
export const REPOSITORY_REF_ANNOTATION = 'packaging.carvel.dev/package-repository-ref';
