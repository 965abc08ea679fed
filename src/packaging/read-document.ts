import { OLD_ALPHA_API_VERSION, PACKAGE_REPOSITORY_API_VERSION, PACKAGE_REPOSITORY_KIND } from './api-groups.ts';
import { packagingError } from './errors.ts';
import { record } from '../base/json.ts';
import type { JsonRecord } from '../base/json.ts';
import { isNamespaceName, isObjectName } from './repository-name.ts';
import { undecodableField } from './undecodable.ts';
import { parseYamlDocuments, yamlValue } from './yaml-text.ts';

/** A PackageRepository that can be applied to a cluster. */
export interface RepositoryManifest {
  readonly name: string;
  readonly namespace?: string;
  /** Without status and server-managed fields, so that an object copied from a cluster can be applied. */
  readonly object: JsonRecord;
}

/**
 * Parses one YAML document.
 * @throws packaging.document-… if it is invalid, is not a single document, is not a PackageRepository of
 * packaging.carvel.dev/v1alpha1, has no valid name, or cannot be decoded by kapp-controller
 */
export function readRepositoryDocument(source: string): RepositoryManifest {
  const documents = parseYamlDocuments(source).filter(({ contents, errors }) => contents !== null || errors.length > 0);
  const [document] = documents;
  if (document === undefined) throw packagingError('document-broken', { reason: 'it is empty' });
  if (documents.length > 1) throw packagingError('document-many', { count: documents.length });
  const [error] = document.errors;
  if (error !== undefined) throw packagingError('document-broken', { reason: error.message });
  const value = yamlValue(document);
  if (value === undefined) throw packagingError('document-broken', { reason: 'it uses aliases too often, or wrongly' });
  const { status: _, ...object } = record(value);
  const { apiVersion, kind } = object;
  if (kind === PACKAGE_REPOSITORY_KIND && apiVersion === OLD_ALPHA_API_VERSION) throw packagingError('document-old');
  if (kind !== PACKAGE_REPOSITORY_KIND || apiVersion !== PACKAGE_REPOSITORY_API_VERSION) {
    throw packagingError('document-kind', { kind: shown(kind), apiVersion: shown(apiVersion) });
  }
  const metadata = writableMetadata(object['metadata']);
  const { name, namespace } = metadata;
  if (typeof name !== 'string' || !isObjectName(name)) {
    throw packagingError('document-name', { field: 'name', value: shown(name) });
  }
  if (namespace !== undefined && (typeof namespace !== 'string' || !isNamespaceName(namespace))) {
    throw packagingError('document-name', { field: 'namespace', value: shown(namespace) });
  }
  const syncPeriod = record(object['spec'])['syncPeriod'];
  const undecodable = undecodableField(typeof syncPeriod === 'string' ? syncPeriod : undefined);
  if (undecodable !== undefined) throw packagingError('document-undecodable', { ...undecodable });
  return { name, ...(namespace !== undefined && { namespace }), object: { ...object, metadata } };
}

/** The part of an object's metadata that users may write. */
export function writableMetadata(value: unknown): JsonRecord {
  const { name, namespace, labels, annotations, finalizers, ownerReferences } = record(value);
  const kept = { name, namespace, labels, annotations, finalizers, ownerReferences };
  return Object.fromEntries(Object.entries(kept).filter(([, part]) => part !== undefined && part !== null));
}

function shown(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? 'nothing');
}
