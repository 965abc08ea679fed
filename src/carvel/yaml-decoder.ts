import { isAlias, isMap, isScalar, isSeq } from 'yaml';
import type { Document, Scalar, YAMLMap } from 'yaml';

import { expandsExcessively } from './yaml-aliases.ts';
import { formatScalar, resolveScalar } from './yaml-scalar.ts';
import type { YamlScalar } from './yaml-scalar.ts';

export type YamlValue = YamlScalar | readonly YamlValue[] | YamlMapping;
export type YamlMapping = ReadonlyMap<string, YamlValue>;

/** Parser options required by decodeYaml: with the failsafe schema, every scalar keeps its text. */
export const DECODABLE = {
  schema: 'failsafe',
  resolveKnownTags: false,
  uniqueKeys: false,
  strict: false,
  logLevel: 'silent',
} as const;

/**
 * Decodes a document like imgpkg's library (sigs.k8s.io/yaml, strict), which follows YAML 1.1: merge keys, `yes` as a
 * boolean, octal numbers; duplicate keys are errors, even through a merge.
 * @throws RangeError with a reason
 */
export function decodeYaml(document: Document): YamlValue {
  if (expandsExcessively(document)) throw new RangeError('its aliases unfold beyond reason');
  return new Decoder().decode(document.contents);
}

class Decoder {
  readonly #anchors = new Map<string, unknown>();
  /** Number of aliases being followed, whose targets have already been visited. */
  #followed = 0;

  decode(node: unknown): YamlValue {
    if (isAlias(node)) return this.#follow(node.source);
    this.#remember(node);
    if (isMap(node)) {
      const into = new Map<string, YamlValue>();
      this.#fill(into, node);
      return into;
    }
    if (isSeq(node)) return node.items.map((item) => this.decode(item));
    return isScalar(node) ? resolveScalar(node) : null;
  }

  #fill(into: Map<string, YamlValue>, { items }: YAMLMap): void {
    for (const { key, value } of items) {
      if (isScalar(key) && isMergeKey(key)) {
        this.#merge(into, value);
        continue;
      }
      const name = keyText(this.decode(key));
      if (into.has(name)) throw new RangeError(`key "${name}" already set in map (keys must be unique)`);
      into.set(name, this.decode(value));
    }
  }

  #merge(into: Map<string, YamlValue>, source: unknown): void {
    const sources = isSeq(source) ? [...source.items].reverse() : [source];
    for (const each of sources) {
      this.#remember(each);
      const found = isAlias(each) ? this.#anchors.get(each.source) : each;
      if (!isMap(found)) throw new RangeError('a merge key (<<) needs a mapping, or a list of mappings');
      if (isAlias(each)) this.#followed++;
      this.#fill(into, found);
      if (isAlias(each)) this.#followed--;
    }
  }

  #follow(anchor: string): YamlValue {
    if (!this.#anchors.has(anchor)) throw new RangeError(`unknown anchor '${anchor}' referenced`);
    this.#followed++;
    const value = this.decode(this.#anchors.get(anchor));
    this.#followed--;
    return value;
  }

  #remember(node: unknown): void {
    if (this.#followed > 0 || isAlias(node)) return;
    const { anchor } = (node ?? {}) as { readonly anchor?: string };
    if (anchor !== undefined) this.#anchors.set(anchor, node);
  }
}

function keyText(key: YamlValue): string {
  if (key === null || typeof key === 'object') throw new RangeError('a key has to be a text');
  return typeof key === 'number' && !Number.isFinite(Math.fround(key)) ? infiniteKey(key) : formatScalar(key);
}

/** Infinite and NaN keys keep YAML's spelling. */
function infiniteKey(key: number): string {
  return Number.isNaN(key) ? '.nan' : key > 0 ? '.inf' : '-.inf';
}

function isMergeKey({ source, type, tag }: Scalar): boolean {
  return source === '<<' && (tag === 'tag:yaml.org,2002:merge' || (type === 'PLAIN' && tag === undefined));
}
