import { isMap, LineCounter } from 'yaml';

import { PACKAGE_REPOSITORY_API_VERSION } from '../api-groups.ts';
import { defined } from '../../base/json.ts';
import { DocumentView } from '../documents/document-view.ts';
import { embeddedText } from '../embedded-yaml.ts';
import type { EmbeddedText } from '../embedded-yaml.ts';
import type { TextPlace, TextValue } from '../documents/document-view.ts';
import { namedContext } from '../documents/find-documents.ts';
import { nodeAt, parseYamlDocuments } from '../yaml-text.ts';
import type { YamlDocument } from '../yaml-text.ts';

/** Values of a PackageInstall in a Secret of the same text. */
export interface FoundValues extends EmbeddedText {
  readonly secret: string;
  readonly key: string;
}

/** A PackageInstall in a YAML text, with the documents of the text that belong to it. */
export interface FoundInstall {
  /** From its first key to the end of its document. */
  readonly place: TextPlace;
  /** Of the first document that belongs to it. */
  readonly first: TextPlace;
  /** Of the Secrets with its values. */
  readonly secrets: readonly TextPlace[];
  /** The PackageInstall and what belongs to it, as one YAML text. */
  readonly text: string;
  readonly context?: string;
  readonly name?: TextValue;
  readonly namespace?: TextValue;
  readonly refName?: TextValue;
  readonly constraints?: TextValue;
  readonly values: readonly FoundValues[];
  /** Why it cannot be applied: the first YAML syntax error in its documents. */
  readonly error?: string;
}

interface Part {
  readonly document: YamlDocument;
  readonly view: DocumentView;
  readonly kind: string;
  readonly name: string;
  readonly namespace: string | undefined;
  readonly context: string | undefined;
}

/**
 * Finds every PackageInstall in a text of one or more YAML documents, with the ServiceAccount that it names, the roles
 * and bindings of that, and the Secrets with its values. Never throws.
 */
export function findInstalls(source: string): FoundInstall[] {
  const lines = new LineCounter();
  const documents = parseYamlDocuments(source, lines);
  const parts = documents.map((document, index): Part => {
    const view = new DocumentView(document, source, lines);
    return {
      document,
      view,
      kind: view.text('kind')?.value ?? '',
      name: view.text('metadata', 'name')?.value ?? '',
      namespace: view.text('metadata', 'namespace')?.value,
      context: namedContext(source, document, documents[index - 1]),
    };
  });
  return parts.filter(isInstall).map((install) => {
    const own = partsOf(install, parts);
    const { view, document } = install;
    const placeOf = ({ document: { contents, range }, view }: Part): TextPlace =>
      view.place(contents?.range[0] ?? range[0], range[1]);
    const context = own.map((part) => part.context).find((each) => each !== undefined);
    return {
      place: placeOf(install),
      first: placeOf(own[0] ?? install),
      secrets: own.filter(({ kind }) => kind === 'Secret').map(placeOf),
      text: own.map(({ document: { range } }) => withoutMarker(source.slice(range[0], range[1]))).join('---\n'),
      values: valuesOf(install, own, source),
      ...defined({
        context,
        name: view.text('metadata', 'name'),
        namespace: view.text('metadata', 'namespace'),
        refName: view.text('spec', 'packageRef', 'refName'),
        constraints: view.text('spec', 'packageRef', 'versionSelection', 'constraints'),
        error: own.flatMap(({ document }) => document.errors)[0]?.message ?? document.errors[0]?.message,
      }),
    };
  });
}

function isInstall({ document, view, kind }: Part): boolean {
  return (
    isMap(document.contents) &&
    kind === 'PackageInstall' &&
    view.text('apiVersion')?.value === PACKAGE_REPOSITORY_API_VERSION
  );
}

/** In the order of the text. */
function partsOf(install: Part, parts: readonly Part[]): readonly Part[] {
  const { view, namespace } = install;
  const account = view.text('spec', 'serviceAccountName')?.value;
  const secrets = new Set(secretNames(view));
  const isHere = (part: Part): boolean => part.namespace === undefined || part.namespace === namespace;
  const bindings = parts.filter(({ kind, view: each }) => {
    if (!/^(?:Cluster)?RoleBinding$/.test(kind)) return false;
    const subjects = Array.from({ length: each.length('subjects') }, (_, index) =>
      each.text('subjects', index, 'name'),
    );
    return subjects.some((subject) => subject !== undefined && subject.value === account);
  });
  const roles = new Set(
    bindings.map(({ view: each }) => `${each.text('roleRef', 'kind')?.value} ${each.text('roleRef', 'name')?.value}`),
  );
  return parts.filter((part) => {
    const { kind, name } = part;
    if (part === install || bindings.includes(part)) return true;
    if (kind === 'ServiceAccount') return name === account && isHere(part);
    if (kind === 'Secret') return secrets.has(name) && isHere(part);
    return roles.has(`${kind} ${name}`);
  });
}

function secretNames(view: DocumentView): string[] {
  return Array.from({ length: view.length('spec', 'values') }, (_, index) =>
    view.text('spec', 'values', index, 'secretRef', 'name'),
  ).flatMap((name) => (name === undefined ? [] : [name.value]));
}

function valuesOf(install: Part, own: readonly Part[], source: string): FoundValues[] {
  const keys = new Map(
    Array.from({ length: install.view.length('spec', 'values') }, (_, index) => [
      install.view.text('spec', 'values', index, 'secretRef', 'name')?.value,
      install.view.text('spec', 'values', index, 'secretRef', 'key')?.value,
    ]),
  );
  return own
    .filter(({ kind }) => kind === 'Secret')
    .flatMap(({ document, view, name }) =>
      view
        .keys('stringData')
        .filter((key) => (keys.get(name) ?? key) === key)
        .flatMap((key) => {
          const content = embeddedText(source, nodeAt(document, ['stringData', key]));
          return content === undefined ? [] : [{ ...content, secret: name, key }];
        }),
    );
}

function withoutMarker(text: string): string {
  const plain = text.replace(/^---[ \t]*\r?\n/, '');
  return plain.endsWith('\n') ? plain : `${plain}\n`;
}
