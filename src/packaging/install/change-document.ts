import { stringify } from 'yaml';

import { array, defined, isRecord, record, text, textMap } from '../../base/json.ts';
import type { JsonRecord } from '../../base/json.ts';
import { writableMetadata } from '../read-document.ts';
import { parseYamlValue } from '../yaml-text.ts';
import { OWNER_ANNOTATION, VALUES_KEY, createdNames, ownerAnnotations, recordAnnotations } from './created-objects.ts';
import type { InstallName } from './created-objects.ts';
import { accountOf, recordedRights, rightsDocuments, secretDocument } from './install-document.ts';
import type { InstallRights } from './install-document.ts';

const STYLE = { lineWidth: 0, compat: 'yaml-1.1', aliasDuplicateObjects: false } as const;

/** A Secret with values of a PackageInstall. */
export interface ValuesSecret {
  readonly name: string;
  /** The values, by key. */
  readonly texts: Readonly<Record<string, string>>;
  /** Whether the PackageInstall already refers to it. */
  readonly isReferenced: boolean;
}

/** Where a PackageInstall gets values from: one key of a Secret, or all of them. */
export interface ValuesReference {
  readonly name: string;
  readonly key?: string;
}

/** The references in the order in which kapp-controller applies them: later values override earlier ones. */
export function valuesReferences(install: JsonRecord): readonly ValuesReference[] {
  return array(record(install['spec'])['values']).flatMap((each) => {
    const { name, key } = record(record(each)['secretRef']);
    const secret = text(name);
    return secret === undefined ? [] : [{ name: secret, ...defined({ key: text(key) }) }];
  });
}

/** The values of all references together, as far as their Secrets are known. */
export function overlaidValues(
  references: readonly ValuesReference[],
  secrets: ReadonlyMap<string, ValuesSecret>,
): unknown {
  const values = references.flatMap(({ name, key }) => {
    const { texts = {} } = secrets.get(name) ?? {};
    // kapp-controller passes the keys of a Secret in this order.
    return Object.keys(texts)
      .filter((each) => (key ?? each) === each)
      .toSorted()
      .map((each) => parseYamlValue(texts[each] ?? ''));
  });
  return values.reduce(overlay, {});
}

function overlay(below: unknown, above: unknown): unknown {
  if (!isRecord(below) || !isRecord(above)) return above ?? below;
  const keys = new Set([...Object.keys(below), ...Object.keys(above)]);
  return Object.fromEntries([...keys].map((key) => [key, key in above ? overlay(below[key], above[key]) : below[key]]));
}

export interface InstallChange {
  readonly context: string;
  /** The PackageInstall as stored. */
  readonly install: JsonRecord;
  /** Another version, or a constraint; the same one if absent. */
  readonly constraints?: string;
  /** Whether prereleases must be accepted. */
  readonly prereleases?: boolean;
  /** Another service account. */
  readonly rights?: InstallRights;
  /** The Secret to edit; absent if none is to be. All references to values stay. */
  readonly secret?: ValuesSecret;
  /** Notes for the user, one per line. */
  readonly notes: readonly string[];
}

/** YAML that changes an existing PackageInstall: what gives it its rights, a Secret with its values, and itself. */
export function changeDocument(change: InstallChange): string {
  const { context, install, constraints, prereleases = false, rights, secret, notes } = change;
  const { finalizers: _, ownerReferences: __, annotations, ...metadata } = writableMetadata(install['metadata']);
  const named = { name: String(metadata['name']), namespace: String(metadata['namespace']) };
  const spec = record(install['spec']);
  const reference = record(spec['packageRef']);
  const selection = record(reference['versionSelection']);
  const isNew = secret !== undefined && !secret.isReferenced;
  const { 'kubectl.kubernetes.io/last-applied-configuration': ___, ...kept } = textMap(annotations);
  const shown = {
    ...kept,
    ...(rights !== undefined && recordAnnotations(named, recordedRights(rights))),
    ...(isNew && { [`${OWNER_ANNOTATION}-Secret`]: secret.name }),
  };
  const versionSelection = {
    ...selection,
    ...(constraints !== undefined && { constraints }),
    ...(prereleases && selection['prereleases'] === undefined && { prereleases: {} }),
  };
  const changed = {
    apiVersion: install['apiVersion'],
    kind: install['kind'],
    metadata: { ...metadata, ...(Object.keys(shown).length > 0 && { annotations: shown }) },
    spec: {
      ...spec,
      ...(rights !== undefined && { serviceAccountName: accountOf(named, rights) }),
      ...(constraints !== undefined && { packageRef: { ...reference, versionSelection } }),
      ...(isNew && { values: [{ secretRef: { name: secret.name } }] }),
    },
  };
  const isOwn = secret?.name === createdNames(named).Secret;
  const owner = isOwn ? { annotations: ownerAnnotations(named) } : {};
  return [
    `# kube-context: ${context}\n`,
    ...notes.map((line) => `# ${line}\n`),
    [
      ...(rights === undefined ? [] : rightsDocuments(named, rights)),
      ...(secret === undefined
        ? []
        : [secretDocument({ name: secret.name, namespace: named.namespace, ...owner }, secret.texts)]),
      stringify(changed, STYLE),
    ].join('---\n'),
  ].join('');
}

/** A new Secret for a PackageInstall that has no values yet. */
export function newValuesSecret(install: InstallName, values: string): ValuesSecret {
  return { name: createdNames(install).Secret, texts: { [VALUES_KEY]: values }, isReferenced: false };
}
