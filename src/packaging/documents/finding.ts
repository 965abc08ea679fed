import { errorFamily } from '../../base/errors.ts';
import type { AirgapError, ErrorArguments } from '../../base/errors.ts';
import type { TextPlace } from './document-view.ts';

/** Findings in a document; shown at their position rather than thrown. */
export const documentFinding = errorFamily('document', {
  'old-api': {
    text: 'No release of kapp-controller serves {apiVersion}: it was the API of alpha versions until 2021, cluster-scoped, and the published page on air-gapped installation still shows it',
  },
  'wrong-api': { text: '{kind} belongs to {expected}; {apiVersion} is not served' },
  'namespace-missing': {
    text: "No namespace: the context's default is used",
  },
  'name-missing': { text: 'metadata.name is missing' },
  'name-invalid': {
    text: "'{value}' is not a valid Kubernetes name: use lowercase letters, digits and dashes, starting and ending with a letter or a digit",
  },
  'fetch-missing': { text: 'spec.fetch does not specify what to fetch' },
  'fetch-many': { text: 'Only one fetch directive is used: kapp-controller takes {used} and ignores {ignored}' },
  'fetch-not-bundle': {
    text: 'With {used}, references are not rewritten and the Packages keep pointing to their origin. Only imgpkgBundle is rewritten',
  },
  'image-missing': { text: 'imgpkgBundle.image is missing' },
  'image-protocol': { text: 'An image reference has no protocol: remove {protocol}' },
  'image-invalid': { text: 'This is not an image reference: {reason}' },
  'image-not-digest': { text: 'A lock must reference its images by digest' },
  'tag-and-selection': { text: 'With tagSelection the image must have neither tag nor digest: the fetch fails' },
  'selection-relocated': {
    text: 'In a relocated repository, kbld replaces the name with a digest, and a tagSelection then makes the fetch fail: reference the bundle by digest, without tagSelection',
  },
  unpinned: { text: 'Tag {tag} can move; pin it to a digest' },
  'duration-invalid': {
    text: "'{value}' is not a duration such as 10m, 90s or 1h30m",
  },
  'duration-short': { text: 'kapp-controller uses at least 30s' },
  'constraint-invalid': { text: "'{value}' is not a version constraint such as '>=1.0.0 <2.0.0' or '1.8.x'" },
  'plain-http': {
    text: 'The cluster cannot fetch this: {host} speaks plain HTTP, which kapp-controller accepts only from localhost, names ending in .local or .localhost, and private IPv4 addresses',
  },
  'unknown-field': { text: 'imgpkg rejects a lock with the unknown field {field}' },
  'tag-gone': { text: 'The registry {host} does not have {image}' },
  'secret-missing': {
    text: 'The namespace {namespace} of {context} has no Secret {secret}: the fetch fails until it exists',
  },
  'not-a-bundle': { text: '{image} is not an imgpkg bundle (it is an {kind})' },
  'values-broken': { text: 'The values are not valid YAML: {reason}' },
  'value-type': { text: '{path} must be of type {type}, but it is of type {found}' },
  'value-null': { text: '{path} needs a value of type {type}' },
  'value-required': { text: 'The required value {path} is missing' },
  'value-unknown': { text: 'The Package has no value {path}' },
  'value-misspelled': { text: 'The Package has no value {path}; did you mean {meant}?' },
  'value-enum': { text: '{path} must be one of: {values}' },
  'value-too-small': { text: '{path} must be at least {limit}' },
  'value-too-large': { text: '{path} must be at most {limit}' },
  'value-not-above': { text: '{path} must be greater than {limit}' },
  'value-not-below': { text: '{path} must be less than {limit}' },
  'value-too-short': { text: '{path} must have a length of at least {limit}' },
  'value-too-long': { text: '{path} must have a length of at most {limit}' },
});

export type DocumentFindingCode = Parameters<typeof documentFinding>[0];

/**
 * Replaces a part of the text and leaves everything else, such as comments, unchanged. Offsets are in UTF-16 code
 * units.
 */
export interface TextEdit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

export interface DocumentFix {
  readonly code: FixCode;
  readonly edits: readonly TextEdit[];
}

/** Identifies a fix; the workbench has its text. */
export type FixCode =
  | 'api-version'
  | 'namespace'
  | 'protocol'
  | 'drop-tag'
  | 'drop-selection'
  | 'drop-fetch'
  | 'go-duration'
  | 'rename-value';

/** A problem at a position of a text. */
export interface DocumentFinding {
  readonly code: DocumentFindingCode;
  readonly severity: 'error' | 'warning' | 'hint';
  readonly place: TextPlace;
  readonly args: ErrorArguments;
  readonly fixes: readonly DocumentFix[];
}

export function explainFinding({ code, args }: Pick<DocumentFinding, 'code' | 'args'>): AirgapError {
  return documentFinding.of(code, args);
}
