import { stringify } from 'yaml';

import { PACKAGE_REPOSITORY_API_VERSION } from '../api-groups.ts';
import { record, text, textMap } from '../../base/json.ts';
import type { JsonRecord } from '../../base/json.ts';
import { packagingError } from '../errors.ts';
import { writableMetadata } from '../read-document.ts';
import { isNamespaceName, isObjectName } from '../repository-name.ts';
import { undecodableField } from '../undecodable.ts';
import { parseYamlDocuments, yamlValue } from '../yaml-text.ts';
import { RBAC_API_VERSION } from './created-objects.ts';
import type { CreatedObject } from './created-objects.ts';

/** The kinds of an installation, in the order in which they are applied. */
const KINDS = [
  { apiVersion: 'v1', kind: 'ServiceAccount' },
  { apiVersion: RBAC_API_VERSION, kind: 'Role' },
  { apiVersion: RBAC_API_VERSION, kind: 'RoleBinding' },
  { apiVersion: RBAC_API_VERSION, kind: 'ClusterRole' },
  { apiVersion: RBAC_API_VERSION, kind: 'ClusterRoleBinding' },
  { apiVersion: 'v1', kind: 'Secret' },
  { apiVersion: PACKAGE_REPOSITORY_API_VERSION, kind: 'PackageInstall' },
] as const;

/** An object that can be applied to a cluster. */
export interface InstallObject extends CreatedObject {
  /**
   * Without status and fields that the server manages. A Secret has only `data`: stringData does not work well with
   * server-side apply (Kubernetes docs, "Secrets").
   */
  readonly object: JsonRecord;
}

export interface InstallManifest {
  readonly namespace: string;
  readonly name: string;
  /** In the order in which they must be applied; the PackageInstall is the last one. */
  readonly objects: readonly InstallObject[];
}

/**
 * Parses a text with a PackageInstall and the objects that belong to it.
 * @param fallback the namespace of documents that name none
 * @throws packaging.document-… or packaging.install-… if it cannot be applied
 */
export function readInstall(source: string, fallback: string): InstallManifest {
  const documents = parseYamlDocuments(source).filter(({ contents, errors }) => contents !== null || errors.length > 0);
  const values = documents.map((document) => {
    const [error] = document.errors;
    if (error !== undefined) throw packagingError('document-broken', { reason: error.message });
    const value = yamlValue(document);
    if (value === undefined)
      throw packagingError('document-broken', { reason: 'it uses aliases too often, or wrongly' });
    return record(value);
  });
  const [install, ...more] = values.filter(({ kind }) => kind === 'PackageInstall');
  if (install === undefined) throw packagingError('install-missing');
  if (more.length > 0) throw packagingError('document-many', { count: more.length + 1 });
  const namespace = text(record(install['metadata'])['namespace']) ?? fallback;
  const objects = values.map((value) => readObject(value, namespace));
  const rank = ({ kind }: InstallObject): number => KINDS.findIndex((each) => each.kind === kind);
  const { name } = readObject(install, namespace);
  return { namespace, name, objects: objects.toSorted((a, b) => rank(a) - rank(b)) };
}

function readObject(value: JsonRecord, fallback: string): InstallObject {
  const { status: _, ...content } = value;
  const known = KINDS.find(({ apiVersion, kind }) => apiVersion === value['apiVersion'] && kind === value['kind']);
  if (known === undefined) {
    const args = { kind: shown(value['kind']), apiVersion: shown(value['apiVersion']) };
    throw packagingError('install-kind', args);
  }
  const { apiVersion, kind } = known;
  const { namespace: own, ...metadata } = writableMetadata(value['metadata']);
  const { name } = metadata;
  if (typeof name !== 'string' || !(isObjectName(name) || (/^[a-z0-9.:-]+$/.test(name) && kind.includes('Role')))) {
    throw packagingError('document-name', { field: 'name', value: shown(name) });
  }
  const isCluster = kind.startsWith('Cluster');
  const namespace = own ?? fallback;
  const isNamespace = typeof namespace === 'string' && isNamespaceName(namespace);
  if (!isCluster && !isNamespace) {
    throw packagingError('document-name', { field: 'namespace', value: shown(namespace) });
  }
  const place = isCluster || !isNamespace ? {} : { namespace };
  const object = { ...content, metadata: { ...metadata, ...place } };
  if (kind === 'PackageInstall') requireDecodable(object);
  return { apiVersion, kind, name, ...place, object: kind === 'Secret' ? withData(object) : object };
}

function requireDecodable(object: JsonRecord): void {
  const { syncPeriod } = record(object['spec']);
  const wrong = undecodableField(typeof syncPeriod === 'string' ? syncPeriod : undefined);
  if (wrong !== undefined) throw packagingError('install-undecodable', { ...wrong });
}

function withData({ stringData, data, ...secret }: JsonRecord): JsonRecord {
  const encoded = Object.entries(textMap(stringData)).map(([key, value]) => [
    key,
    Buffer.from(value, 'utf8').toString('base64'),
  ]);
  return { ...secret, data: { ...record(data), ...(Object.fromEntries(encoded) as JsonRecord) } };
}

function shown(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? 'nothing');
}

const HIDDEN_ANNOTATION = 'kubectl.kubernetes.io/last-applied-configuration';

/**
 * YAML of an object of an installation for display and comparison: without status and fields managed by the server or
 * a controller, and with the content of a Secret readable.
 */
export function installObjectYaml(value: unknown): string {
  const { apiVersion, kind, metadata, status: _, data, ...content } = record(value);
  const { finalizers: __, ownerReferences: ___, annotations, ...kept } = writableMetadata(metadata);
  const { [HIDDEN_ANNOTATION]: ____, ...shownAnnotations } = record(annotations);
  const secret = kind === 'Secret' ? readable(record(data)) : {};
  return stringify(
    {
      apiVersion,
      kind,
      metadata: { ...kept, ...(Object.keys(shownAnnotations).length > 0 && { annotations: shownAnnotations }) },
      ...content,
      ...secret,
    },
    { lineWidth: 0, aliasDuplicateObjects: false, compat: 'yaml-1.1' },
  );
}

/** Text as `stringData`, and what is not UTF-8 as it is. */
function readable(data: JsonRecord): JsonRecord {
  const texts = Object.entries(textMap(data)).map(([key, value]) => [key, decodedText(value)] as const);
  const entries = (isText: boolean): [string, string][] =>
    texts.flatMap(([key, value]) => ((value !== undefined) === isText ? [[key, value ?? String(data[key])]] : []));
  const [readableTexts, others] = [entries(true), entries(false)];
  return {
    ...(others.length > 0 && { data: Object.fromEntries(others) }),
    ...(readableTexts.length > 0 && { stringData: Object.fromEntries(readableTexts) }),
  };
}

/** Base64 as UTF-8 text; undefined if it is not text. */
export function decodedText(base64: string): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(base64, 'base64'));
  } catch {
    return undefined;
  }
}
