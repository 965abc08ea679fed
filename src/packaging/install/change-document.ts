import { stringify } from 'yaml';

import { array, record, text, textMap } from '../../base/json.ts';
import type { JsonRecord } from '../../base/json.ts';
import { writableMetadata } from '../read-document.ts';
import { OWNER_ANNOTATION, VALUES_KEY, createdNames, ownerAnnotations } from './created-objects.ts';
import { secretDocument } from './install-document.ts';

const STYLE = { lineWidth: 0, compat: 'yaml-1.1', aliasDuplicateObjects: false } as const;

/** The Secret with the values of a PackageInstall. */
export interface ValuesSecret {
  readonly name: string;
  readonly key: string;
  readonly values: string;
  /** Whether the PackageInstall already refers to it. */
  readonly isReferenced: boolean;
}

/**
 * The Secret of a PackageInstall that holds its values; undefined if it has several, or none. Without a key, all keys
 * of the Secret are values, and kctrl writes only one.
 * @param texts the texts in that Secret
 */
export function valuesReference(install: JsonRecord): { readonly name: string; readonly key?: string } | undefined {
  const [reference, ...more] = array(record(install['spec'])['values']).map((each) =>
    record(record(each)['secretRef']),
  );
  const name = text(reference?.['name']);
  if (name === undefined || more.length > 0) return undefined;
  const key = text(reference?.['key']);
  return { name, ...(key !== undefined && { key }) };
}

/** How many references to values a PackageInstall has. */
export function valuesCount(install: JsonRecord): number {
  return array(record(install['spec'])['values']).length;
}

export interface InstallChange {
  readonly context: string;
  /** The PackageInstall as stored. */
  readonly install: JsonRecord;
  /** Another version, or the same one if absent. */
  readonly version?: string;
  /** Absent if the PackageInstall has no values. */
  readonly secret?: ValuesSecret;
  /** Notes for the user, one per line. */
  readonly notes: readonly string[];
}

/** YAML that changes an existing PackageInstall: the Secret with its values, and the PackageInstall itself. */
export function changeDocument({ context, install, version, secret, notes }: InstallChange): string {
  const { finalizers: _, ownerReferences: __, annotations, ...metadata } = writableMetadata(install['metadata']);
  const [name, namespace] = [String(metadata['name']), String(metadata['namespace'])];
  const spec = record(install['spec']);
  const reference = record(spec['packageRef']);
  const selection = record(reference['versionSelection']);
  const isNew = secret !== undefined && !secret.isReferenced;
  const known = textMap(annotations);
  const { 'kubectl.kubernetes.io/last-applied-configuration': ___, ...kept } = known;
  const shown = { ...kept, ...(isNew && { [`${OWNER_ANNOTATION}-Secret`]: secret.name }) };
  const changed = {
    apiVersion: install['apiVersion'],
    kind: install['kind'],
    metadata: { ...metadata, ...(Object.keys(shown).length > 0 && { annotations: shown }) },
    spec: {
      ...spec,
      ...(version !== undefined && {
        packageRef: { ...reference, versionSelection: { ...selection, constraints: version } },
      }),
      ...(isNew && { values: [{ secretRef: { name: secret.name } }] }),
    },
  };
  const isOwn = secret?.name === createdNames({ namespace, name }).Secret;
  const owner = isOwn ? { annotations: ownerAnnotations({ namespace, name }) } : {};
  return [
    `# kube-context: ${context}\n`,
    ...notes.map((line) => `# ${line}\n`),
    ...(secret === undefined
      ? []
      : [secretDocument({ name: secret.name, namespace, ...owner }, secret.key, secret.values), '---\n']),
    stringify(changed, STYLE),
  ].join('');
}

/** A new Secret for a PackageInstall that has no values yet. */
export function newValuesSecret(
  install: { readonly namespace: string; readonly name: string },
  values: string,
): ValuesSecret {
  return { name: createdNames(install).Secret, key: VALUES_KEY, values, isReferenced: false };
}
