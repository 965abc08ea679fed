import { array, defined, isRecord, record, text, textMap } from '../base/json.ts';
import { parseTagSelection } from './tag-selection.ts';
import type { TagSelection } from './tag-selection.ts';

/** kapp-controller uses the first of these that is set (pkg/fetch/vendir.go). */
const FETCH_KINDS = ['inline', 'image', 'http', 'git', 'helmChart', 'imgpkgBundle'] as const;
/** kapp-controller uses the first of these that is set (pkg/app/app_template.go). */
const TEMPLATE_KINDS = ['ytt', 'kbld', 'helmTemplate', 'sops', 'cue'] as const;

/** A step of `spec.template.spec.fetch` of a Package. */
export interface PackageFetch {
  readonly kind: (typeof FETCH_KINDS)[number] | 'unknown';
  /** An image reference or URL in its original spelling; absent if it is neither, as in an unrendered template. */
  readonly source?: string;
  readonly tagSelection?: TagSelection;
  /** The target folder, if it is not named after the step's number. */
  readonly path?: string;
  /** For `inline`: contents by path. */
  readonly files?: Readonly<Record<string, string>>;
  /** For `inline`: whether it has files that only the cluster knows (a Secret, a ConfigMap). */
  readonly hasHiddenFiles?: boolean;
}

/** A step of `spec.template.spec.template` of a Package. */
export interface PackageTemplateStep {
  readonly kind: (typeof TEMPLATE_KINDS)[number] | 'unknown';
  /** `-` is the previous step's output; an empty list means that output, or the whole folder in the first step. */
  readonly paths: readonly string[];
  /** For `ytt`. */
  readonly ignoresUnknownComments: boolean;
  readonly fileMarks: readonly string[];
  /** For `ytt`, `inline`: contents by path. */
  readonly files: Readonly<Record<string, string>>;
  /** Values files in the App's folder. */
  readonly valuesPaths: readonly string[];
  /** Whether it uses files or values that only the cluster knows. */
  readonly hasHiddenInput: boolean;
}

/** What a Package's App fetches, and how it renders its configuration from that. */
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

/** The image references of the fetch steps in order. */
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
