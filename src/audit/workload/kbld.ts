import { tryParseReference, formatReference } from '../../oci/reference.ts';
import { isRecord } from '../../base/json.ts';
import type { JsonRecord } from '../../base/json.ts';
import { parseYamlDocuments, yamlValue } from '../../packaging/yaml-text.ts';
import type { KbldConfig, KbldOverride, PathPart, SearchRule } from './kbld-config.ts';

/**
 * kbld's result for a text. `listed`: replaced according to a configuration or lock. `digest`: kept, because it is a
 * digest reference. `asked`: kbld queries a registry for a tag's digest. `refused`: kbld fails.
 */
export class KbldText {
  readonly origin: string;
  readonly text: string;
  readonly outcome: 'listed' | 'digest' | 'asked' | 'refused';
  readonly reason: string;

  constructor(origin: string, text: string, outcome: KbldText['outcome'], reason = '') {
    this.origin = origin;
    this.text = text;
    this.outcome = outcome;
    this.reason = reason;
  }
}

type Path = readonly (string | number)[];

/** Always applied, after all other rules. */
const IMAGE_KEY: SearchRule = { name: 'image', strategy: { kind: 'entire' } };

/**
 * kbld as kapp-controller runs it (`kbld -f … --build=false`): rewrites texts in resources, without using the network.
 */
export class Kbld {
  readonly overrides: readonly KbldOverride[];
  readonly #sources: readonly JsonRecord[];
  readonly #rules: readonly SearchRule[];

  constructor(configs: readonly KbldConfig[]) {
    this.overrides = configs.flatMap(({ overrides }) => overrides);
    this.#sources = configs.flatMap(({ sources }) => sources);
    const keys = configs.flatMap((config) => config.keys.map((name): SearchRule => ({ ...IMAGE_KEY, name })));
    this.#rules = [...keys, ...configs.flatMap(({ rules }) => rules), IMAGE_KEY];
  }

  /** The resource with a KbldText in place of each text that kbld treats as an image. */
  apply(resource: unknown): unknown {
    return this.#visit(resource, [], this.#rules);
  }

  /** kbld's replacement for a text. */
  resolve(origin: string): KbldText {
    const override = this.overrides.find((each) => matches(each, origin));
    const text = override?.newImage || origin;
    if (override?.isPreresolved === true) return new KbldText(origin, text, 'listed');
    if (override?.hasSelection === true) return new KbldText(origin, text, 'asked');
    const isBuilt = this.#sources.some(({ image, imageRepo }) => matches({ image, imageRepo }, text));
    if (isBuilt) return new KbldText(origin, text, 'refused', `it would have to build '${text}'`);
    const reference = tryParseReference(text);
    if (reference === undefined) return new KbldText(origin, text, 'refused', `'${text}' is not an image reference`);
    if (reference.digest === undefined) return new KbldText(origin, text, 'asked');
    return new KbldText(origin, formatReference(reference), 'digest');
  }

  #visit(value: unknown, path: Path, rules: readonly SearchRule[]): unknown {
    const child = (key: string | number, inner: unknown): unknown => {
      const own = [...path, key];
      const rule = rules.find((each) => fits(each, own, inner));
      const replaced = rule === undefined ? undefined : this.#replace(inner, rule);
      return replaced === undefined ? this.#visit(inner, own, rules) : replaced;
    };
    if (Array.isArray(value)) return value.map((inner: unknown, index) => child(index, inner));
    if (!isRecord(value) || value instanceof KbldText) return value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, child(key, inner)]));
  }

  /** Undefined if the rule does not change the value. */
  #replace(value: unknown, { strategy }: SearchRule): unknown {
    const text = value instanceof KbldText ? value.text : value;
    if (typeof text !== 'string' || strategy.kind === 'none') return undefined;
    if (strategy.kind === 'entire') return this.resolve(text);
    const documents = strategy.kind === 'json' ? parseJson(text) : (parseJson(text) ?? parseYaml(text));
    return documents?.map((document) => this.#visit(document, [], strategy.rules));
  }
}

function parseJson(text: string): unknown[] | undefined {
  try {
    return [JSON.parse(text)];
  } catch {
    return undefined;
  }
}

function parseYaml(text: string): unknown[] | undefined {
  const documents = parseYamlDocuments(text);
  return documents.some(({ errors }) => errors.length > 0) ? undefined : documents.map(yamlValue);
}

function fits({ name, path, image, imageRepo }: SearchRule, own: Path, value: unknown): boolean {
  if (name !== undefined) {
    if (own.at(-1) !== name) return false;
  } else if (path !== undefined) {
    if (path.length !== own.length || !path.every((part, index) => fitsPart(part, own[index]))) return false;
  }
  const text = value instanceof KbldText ? value.text : value;
  if (image !== undefined) return text === image;
  return imageRepo === undefined || (typeof text === 'string' && repositoryOf(text) === imageRepo);
}

function fitsPart(part: PathPart, own: string | number | undefined): boolean {
  return part === 'all' ? typeof own === 'number' : typeof part === 'number' ? part === own : part.key === own;
}

function matches({ image, imageRepo }: { image?: unknown; imageRepo?: unknown }, text: string): boolean {
  return typeof image === 'string' && image !== '' ? image === text : imageRepo === repositoryOf(text);
}

/** kbld's own heuristic (pkg/kbld/image/matcher.go). */
function repositoryOf(text: string): string {
  return /^(.+?)(:[A-Za-z0-9_.-]+)?(@.+:.+)?$/.exec(text)?.[1] ?? text;
}
