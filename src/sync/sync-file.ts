import { readFile, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

import { AirgapError } from '../base/errors.ts';
import { defined } from '../base/json.ts';
import { checkPlatforms } from '../carvel/platforms.ts';
import { isInternalTag } from '../carvel/tags.ts';
import { digestOf } from '../oci/digest.ts';
import type { Digest } from '../oci/digest.ts';
import { formatRepository, isTag, parseReference, parseRepository } from '../oci/reference.ts';
import type { Reference, Repository } from '../oci/reference.ts';
import { parseConstraints } from '../packaging/version-range.ts';
import type { TagSelection } from '../packaging/tag-selection.ts';
import type { RelocationOptions } from '../relocation/request/request.ts';
import { syncError } from './errors.ts';
import { parseStrictYaml } from './strict-yaml.ts';
import type { Invalid, YamlField, YamlProblem } from './strict-yaml.ts';

export const SYNC_API_VERSION = 'carvel-airgap/v1';
export const SYNC_KIND = 'Sync';
/** Maximum size of a file in bytes. */
const LIMIT = 4 * 1024 * 1024;

/** The options of an entry, as in a request. */
export type SyncOptions = Pick<
  RelocationOptions,
  | 'packages'
  | 'platforms'
  | 'cosignSignatures'
  | 'referrers'
  | 'includeNonDistributable'
  | 'repoBasedTags'
  | 'policy'
  | 'policyMode'
>;

/** One bundle or image that should be inside. */
export interface SyncEntry {
  readonly name: string;
  readonly kind: 'bundle' | 'image';
  /** With a tag or a digest, unless there is a selection. */
  readonly source: Reference | Repository;
  /** Selects the tag by semantic version. */
  readonly selection?: TagSelection;
  /** registry/path, each once. */
  readonly destinations: readonly string[];
  /** The tag at the destinations, if it differs from the source's. */
  readonly toTag?: string;
  /** Paths are absolute. */
  readonly options: SyncOptions;
  /** Line in the file, from 1. */
  readonly line: number;
}

/** What should be inside the air gap. */
export interface SyncFile {
  readonly path: string;
  /** The digest of its bytes. */
  readonly digest: Digest;
  readonly entries: readonly SyncEntry[];
}

const SWITCHES = ['cosignSignatures', 'referrers', 'includeNonDistributable', 'repoBasedTags'] as const;
/** Options that an entry takes from `defaults` unless it has its own. */
export const DEFAULT_FIELDS = [...SWITCHES, 'platforms', 'policy', 'policyMode'] as const;
export const ENTRY_FIELDS = [
  'name',
  'bundle',
  'image',
  'tagSelection',
  'destinations',
  'toTag',
  'packages',
  ...DEFAULT_FIELDS,
] as const;
const NAME = /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,98}[A-Za-z0-9])?$/;

/** @throws sync.file-unreadable, sync.file-invalid */
export async function readSyncFile(path: string): Promise<SyncFile> {
  try {
    const { size } = await stat(path);
    if (size > LIMIT) throw new Error(`it has ${size} bytes, which exceeds the limit of ${LIMIT}`);
    return parseSyncFile(await readFile(path), path);
  } catch (error) {
    if (error instanceof AirgapError) throw error;
    throw syncError('file-unreadable', { path, reason: error instanceof Error ? error.message : String(error) }, error);
  }
}

/**
 * Parses a file of kind Sync. Unknown fields are errors.
 * @param path names the file in errors; relative paths in it start at its folder
 * @throws sync.file-invalid, with the line and column
 */
export function parseSyncFile(bytes: Buffer, path: string): SyncFile {
  const entries = entriesOf(bytes.toString('utf8'), path, (error) => {
    throw error;
  });
  return { path, digest: digestOf(bytes), entries };
}

/** What an editor shows of a file that may have mistakes: the valid entries, and at least one problem if any is not. */
export interface CheckedSyncText {
  readonly entries: readonly SyncEntry[];
  /** At most one for each entry. */
  readonly problems: readonly YamlProblem[];
}

/**
 * Checks a text as parseSyncFile does, and finds what is wrong in each of its entries.
 * @param path relative paths in the text start at its folder
 */
export function checkSyncText(text: string, path: string): CheckedSyncText {
  const problems: YamlProblem[] = [];
  const note = (error: unknown): void => {
    if (!(error instanceof SyncProblem)) throw error;
    problems.push(error.problem);
  };
  let entries: readonly SyncEntry[] = [];
  try {
    entries = entriesOf(text, path, note, (problem) => new SyncProblem(problem));
  } catch (error) {
    note(error);
  }
  return { entries, problems };
}

class SyncProblem extends Error {
  readonly problem: YamlProblem;

  constructor(problem: YamlProblem) {
    super(problem.reason);
    this.problem = problem;
  }
}

/** @param onInvalid called for an entry that is not valid; the others are parsed nevertheless if it returns */
function entriesOf(
  text: string,
  path: string,
  onInvalid: (error: unknown) => void,
  invalid: Invalid = (problem) => syncError('file-invalid', { path, ...problem }),
): readonly SyncEntry[] {
  const top = parseStrictYaml(text, LIMIT, invalid);
  const { apiVersion, kind, defaults, entries } = top.fields(
    ['apiVersion', 'kind', 'defaults', 'entries'],
    ['apiVersion', 'kind', 'entries'],
  );
  apiVersion?.oneOf([SYNC_API_VERSION]);
  kind?.oneOf([SYNC_KIND]);
  const base = dirname(resolve(path));
  const common = defaults === undefined ? {} : optionsOf(defaults.fields(DEFAULT_FIELDS), base);
  const parsed = new Map<string, SyncEntry>();
  for (const field of entries?.items('entries') ?? []) {
    try {
      const entry = entryOf(field, common, base);
      if (parsed.has(entry.name)) throw field.invalid(`another entry is called ${entry.name}`);
      parsed.set(entry.name, entry);
    } catch (error) {
      onInvalid(error);
    }
  }
  return [...parsed.values()];
}

function entryOf(field: YamlField, common: SyncOptions, base: string): SyncEntry {
  const fields = field.fields(ENTRY_FIELDS, ['name', 'destinations']);
  const { name: named = field, bundle, image, tagSelection } = fields;
  const name = named.text('a name');
  if (!NAME.test(name)) throw named.invalid('expected at most 100 letters, digits, dots, dashes and underscores');
  const given = bundle ?? image;
  if (given === undefined || (bundle !== undefined && image !== undefined))
    throw field.invalid('expected either bundle or image');
  const selection = tagSelection === undefined ? undefined : selectionOf(tagSelection);
  const toTag = fields.toTag?.text('a tag');
  if (toTag !== undefined && (!isTag(toTag) || isInternalTag(toTag)))
    throw (fields.toTag ?? field).invalid(`'${toTag}' is not a tag that can be set`);
  if (fields.packages !== undefined && bundle === undefined)
    throw fields.packages.invalid('only a bundle has Packages');
  const options = { ...common, ...optionsOf(fields, base) };
  if (options.policyMode !== undefined && options.policy === undefined)
    throw (fields.policyMode ?? field).invalid('policyMode needs policy');
  return {
    name,
    kind: bundle === undefined ? 'image' : 'bundle',
    source: sourceOf(given, selection !== undefined),
    destinations: destinationsOf(fields.destinations ?? field),
    options: { ...options, ...defined({ packages: textsOf(fields.packages, 'Packages') }) },
    line: field.line,
    ...defined({ selection, toTag }),
  };
}

function sourceOf(field: YamlField, isSelected: boolean): Reference | Repository {
  const text = field.text('a reference');
  if (isSelected) {
    const { registry, path, digest } = checked(field, () => parseReference(text));
    const hasTag = digest !== undefined || /:[^/]*$/.test(text);
    if (hasTag) throw field.invalid('with tagSelection, the reference must have neither tag nor digest');
    return { registry, path };
  }
  const reference = checked(field, () => parseReference(text));
  if (reference.digest === undefined && !/:[^/]*$/.test(text))
    throw field.invalid('add a tag or a digest to the reference, or select a tag with tagSelection');
  return reference;
}

function destinationsOf(field: YamlField): string[] {
  const seen = new Set<string>();
  for (const item of field.items('repositories')) {
    const text = item.text('a repository (registry/path)');
    const repository = formatRepository(checked(item, () => parseRepository(text)));
    if (seen.has(repository)) throw item.invalid(`${repository} is listed twice`);
    seen.add(repository);
  }
  return [...seen];
}

/** The same structure as in a PackageRepository. */
function selectionOf(field: YamlField): TagSelection {
  const { semver } = field.fields(['semver'], ['semver']);
  const { constraints, prereleases } = semver?.fields(['constraints', 'prereleases']) ?? {};
  const text = constraints?.text('constraints such as ">=1.0.0 <2.0.0"') ?? '';
  if (constraints !== undefined && parseConstraints(text) === undefined)
    throw constraints.invalid(`'${text}' is not a version constraint such as '>=1.0.0 <2.0.0' or '1.8.x'`);
  if (prereleases === undefined) return { isSemver: true, constraints: text };
  const { identifiers } = prereleases.fields(['identifiers']);
  const list = identifiers?.items('identifiers', 0).map((each) => each.text('an identifier such as "rc"')) ?? [];
  return { isSemver: true, constraints: text, prereleases: list };
}

type OptionFields = Readonly<Partial<Record<(typeof DEFAULT_FIELDS)[number], YamlField>>>;

function optionsOf(fields: OptionFields, base: string): SyncOptions {
  const { platforms, policy, policyMode } = fields;
  const names = textsOf(platforms, 'platforms');
  if (platforms !== undefined && names !== undefined) checked(platforms, () => checkPlatforms(names));
  const path = policy?.text('the path of a policy.json');
  return {
    ...Object.fromEntries(
      SWITCHES.flatMap((name) => {
        const field = fields[name];
        return field === undefined ? [] : [[name, field.boolean()]];
      }),
    ),
    ...defined({
      platforms: names,
      policy: path === undefined ? undefined : resolve(base, path),
      policyMode: policyMode?.oneOf(['enforce', 'warn']),
    }),
  };
}

function textsOf(field: YamlField | undefined, what: string): string[] | undefined {
  return field?.items(what).map((each) => each.text('a text'));
}

/** Reports the error of a parser at the field's position. */
function checked<Result>(field: YamlField, parse: () => Result): Result {
  try {
    return parse();
  } catch (error) {
    if (error instanceof AirgapError) throw field.invalid(error.message);
    throw error;
  }
}
