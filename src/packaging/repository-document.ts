import { Document, isScalar } from 'yaml';
import { PACKAGE_REPOSITORY_API_VERSION, PACKAGE_REPOSITORY_KIND } from './api-groups.ts';
import { repositoryName } from './repository-name.ts';

/** The relocated bundle by the name under which the cluster will pull it. */
export interface BundleLocation {
  /** host[:port] */
  readonly registry: string;
  readonly path: string;
  readonly digest: string;
  readonly tag?: string;
}

export interface RepositoryDocumentOptions {
  readonly bundle: BundleLocation;
  readonly namespace: string;
  /** Default: the last part of the bundle's path, made a valid name. */
  readonly name?: string;
}

/** YAML of a new PackageRepository that references the bundle by digest, with the tag in a comment. */
export function packageRepositoryDocument({ bundle, namespace, name }: RepositoryDocumentOptions): string {
  const object = {
    apiVersion: PACKAGE_REPOSITORY_API_VERSION,
    kind: PACKAGE_REPOSITORY_KIND,
    metadata: { name: name ?? repositoryName(bundle.path), namespace },
    spec: { fetch: { imgpkgBundle: { image: `${bundle.registry}/${bundle.path}@${bundle.digest}` } } },
  };
  // Kubernetes tools parse YAML 1.1, where `no` is a boolean.
  const document = new Document(object, { compat: 'yaml-1.1' });
  const image = document.getIn(['spec', 'fetch', 'imgpkgBundle', 'image'], true);
  if (bundle.tag !== undefined && isScalar(image)) image.comment = ` tag: ${bundle.tag}`;
  return document.toString();
}
