import { array, defined, isRecord, record, text, textMap } from '../base/json.ts';
import { parseTagSelection } from './tag-selection.ts';
import type { TagSelection } from './tag-selection.ts';

/** In the order in which kapp-controller takes the first it finds (pkg/fetch/vendir.go). */
const FETCH_KINDS = ['inline', 'image', 'http', 'git', 'helmChart', 'imgpkgBundle'] as const;
/** In the order in which kapp-controller takes the first it finds (pkg/app/app_template.go). */
const TEMPLATE_KINDS = ['ytt', 'kbld', 'helmTemplate', 'sops', 'cue'] as const;

/** One step of `spec.template.spec.fetch` of a Package (reference/packaging-apis.md 1.6 and 1.7). */
export interface PackageFetch {
  readonly kind: (typeof FETCH_KINDS)[number] | 'unknown';
  /** An image reference, or a URL, as written; absent where it is none, as in a template that was not rendered. */
  readonly source?: string;
  readonly tagSelection?: TagSelection;
  /** The folder that it is put into, where that is not named by its number. */
  readonly path?: string;
  /** Of `inline`: contents by path. */
  readonly files?: Readonly<Record<string, string>>;
  /** Of `inline`: it has files that only the cluster knows (a Secret, a ConfigMap). */
  readonly hasHiddenFiles?: boolean;
}

/** One step of `spec.template.spec.template`. */
export interface PackageTemplateStep {
  readonly kind: (typeof TEMPLATE_KINDS)[number] | 'unknown';
  /** `-` stands for the output of the step before; none: that output, or the whole folder in the first step. */
  readonly paths: readonly string[];
  /** Of `ytt`. */
  readonly ignoresUnknownComments: boolean;
  readonly fileMarks: readonly string[];
  /** Of `ytt`, `inline`: contents by path. */
  readonly files: Readonly<Record<string, string>>;
  /** Files of the App's folder with values. */
  readonly valuesPaths: readonly string[];
  /** It takes files or values that only the cluster knows. */
  readonly hasHiddenInput: boolean;
}

/** What a Package's App fetches, and how it makes its configuration of that. */
export interface PackageTemplate {
  readonly fetches: readonly PackageFetch[];
  readonly steps: readonly PackageTemplateStep[];
}

/** @param spec `spec.template.spec` of a Package */
export function parsePackageTemplate(spec: unknown): PackageTemplate {
  const { fetch, template } = record(spec);
  return {
    fetches: array(fetch).map(record).map(parseFetch),
    steps: array(template).map(record).map(parseStep),
  };
}

/** The image references of the fetch steps, in order. */
export function fetchedImages({ fetches }: PackageTemplate): string[] {
  return fetches
    .filter(({ kind }) => kind === 'imgpkgBundle' || kind === 'image')
    .map(({ source }) => source)
    .filter((source) => source !== undefined);
}

function parseFetch(step: Readonly<Record<string, unknown>>): PackageFetch {
  const path = defined({ path: text(step['path']) });
  const kind = FETCH_KINDS.find((each) => isRecord(step[each]));
  if (kind === undefined) return { kind: 'unknown', ...path };
  const options = record(step[kind]);
  if (kind === 'inline') {
    return { kind, ...path, files: textMap(options['paths']), hasHiddenFiles: array(options['pathsFrom']).length > 0 };
  }
  const source = kind === 'imgpkgBundle' ? options['image'] : kind === 'helmChart' ? chartUrl(options) : options['url'];
  const selection =
    kind === 'imgpkgBundle' || kind === 'image' ? parseTagSelection(options['tagSelection']) : undefined;
  return { kind, ...path, ...defined({ source: text(source), tagSelection: selection }) };
}

function chartUrl(options: Readonly<Record<string, unknown>>): unknown {
  return record(options['repository'])['url'];
}

function parseStep(step: Readonly<Record<string, unknown>>): PackageTemplateStep {
  const kind = TEMPLATE_KINDS.find((each) => isRecord(step[each])) ?? 'unknown';
  const options = record(step[kind]);
  const inline = record(options['inline']);
  const values = array(options['valuesFrom']).map(record);
  const valuesPaths = values.map(({ path }) => text(path)).filter((path) => path !== undefined);
  return {
    kind,
    paths: kind === 'helmTemplate' ? texts([options['path']]) : texts(options['paths']),
    ignoresUnknownComments: options['ignoreUnknownComments'] === true,
    fileMarks: texts(options['fileMarks']),
    files: textMap(inline['paths']),
    valuesPaths,
    hasHiddenInput: array(inline['pathsFrom']).length > 0 || valuesPaths.length < values.length,
  };
}

function texts(value: unknown): string[] {
  return array(value)
    .map(text)
    .filter((each) => each !== undefined);
}
