import { setImmediate } from 'node:timers/promises';
import { isMap } from 'yaml';

import { decodeText } from '../base/decode-text.ts';
import { causes } from '../base/errors.ts';
import { PACKAGE_API_VERSION, PACKAGE_KIND, REVISION_ANNOTATION } from '../packaging/api-groups.ts';
import { defined, isRecord, record, text, textMap } from '../base/json.ts';
import { parsePackageTemplate } from '../packaging/package-template.ts';
import type { PackageTemplate } from '../packaging/package-template.ts';
import type { PackageIdentity } from '../packaging/conflicting-packages.ts';
import { parseYamlDocuments, yamlValue } from '../packaging/yaml-text.ts';
import type { YamlDocument } from '../packaging/yaml-text.ts';
import type { AuditFinding } from './finding.ts';
import { usesYtt } from './ytt-template.ts';

/** A Package that the repository brings. */
export interface AuditedPackage {
  /** For people. */
  readonly name: string;
  /** Absent where it does not say which it is, and for what a cluster has. */
  readonly identity?: PackageIdentity;
  readonly template: PackageTemplate;
  /** The values of all keys called `image` that are no fetch step: kbld looks at them too. Of a Package in a bundle only. */
  readonly imageKeys?: readonly string[];
}

/** Which files of a bundle kapp-controller renders: what is below `packages/` (reference/packaging-apis.md 6.1). */
export function isPackageFile(path: string): boolean {
  return /^packages\/.*\.ya?ml$/.test(path);
}

/**
 * The Packages in these files as they are written. kapp-controller renders them with ytt first (reference/packaging-apis.md 6.1); here
 * they are not, so every template is a problem: what it will make is not proven.
 */
export async function packagesIn(
  { files, unread }: { readonly files: ReadonlyMap<string, Buffer>; readonly unread: ReadonlySet<string> },
  bundle: string,
): Promise<{ packages: AuditedPackage[]; problems: AuditFinding[] }> {
  const packages: AuditedPackage[] = [];
  const problems: AuditFinding[] = [...unread]
    .filter(isPackageFile)
    .map((path) => ({ code: 'file-broken', args: { path, bundle, reason: 'it is too large' } }));
  for (const [path, content] of files) {
    // A repository can have thousands: whoever shares this thread gets a turn between two of them.
    await setImmediate();
    let source: string;
    try {
      source = decodeText(content);
    } catch (error) {
      problems.push({ code: 'file-broken', args: { path, bundle, reason: causes(error).join(': ') } });
      continue;
    }
    if (usesYtt(source)) problems.push({ code: 'template-not-rendered', args: { path, bundle } });
    for (const document of readPackageDocuments(source)) {
      if ('reason' in document) {
        problems.push({ code: 'file-broken', args: { path, bundle, reason: document.reason } });
        continue;
      }
      const { apiVersion, kind, metadata, spec } = record(document.value);
      if (apiVersion !== PACKAGE_API_VERSION || kind !== PACKAGE_KIND) continue;
      const { refName, version, template } = record(spec);
      packages.push({
        name: `${text(refName) ?? path} ${text(version) ?? ''}`.trim(),
        ...defined({ identity: identityOf(metadata) }),
        template: parsePackageTemplate(record(template)['spec']),
        imageKeys: imageKeys(document.value, []),
      });
    }
  }
  return { packages, problems };
}

function identityOf(metadata: unknown): PackageIdentity | undefined {
  const { name, annotations } = record(metadata);
  const own = text(name);
  const revision = textMap(annotations)[REVISION_ANNOTATION];
  return own === undefined ? undefined : { name: own, ...defined({ revision }) };
}

/** kbld takes each text under a key called `image` for an image; of fetch steps they are looked at with their surroundings. */
function imageKeys(value: unknown, path: readonly string[]): string[] {
  if (Array.isArray(value)) return value.flatMap((inner: unknown) => imageKeys(inner, path));
  if (!isRecord(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const own = [...path, key];
    if (own.join('.') === 'spec.template.spec.fetch.imgpkgBundle.image') return [];
    return key === 'image' && typeof inner === 'string' ? [inner] : imageKeys(inner, own);
  });
}

/** A document of a file: its plain data, or why it has none. */
type ReadDocument = { readonly value: unknown } | { readonly reason: string };

/**
 * The documents of a file of Packages. Nearly all of a Package is the schema of its values, which nobody here needs: without it
 * parsing takes a tenth of the time. Where that could change the meaning of the rest, the whole is parsed.
 */
function readPackageDocuments(source: string): ReadDocument[] {
  const shorter = withoutValuesSchemas(source);
  if (shorter !== source) {
    const documents = parseYamlDocuments(shorter);
    const read = documents.map(readDocument);
    // An alias may need what was left out.
    if (documents.every(isBlock) && read.every((document) => 'value' in document)) return read;
  }
  return parseYamlDocuments(source).map(readDocument);
}

function readDocument(document: YamlDocument): ReadDocument {
  const [error] = document.errors;
  if (error !== undefined) return { reason: error.message };
  const value = yamlValue(document);
  return value === undefined ? { reason: 'its aliases cannot be resolved' } : { value };
}

/** A text under a key called `image`, which kbld rewrites even in an example or a default of a schema. */
const IMAGE_TEXT = /(?:^|[\s{,-])["']?image["']?\s*:\s*[^\s{#&|>]/;

/** Leaves out what is indented more deeply than a line with nothing but `valuesSchema:`. */
function withoutValuesSchemas(source: string): string {
  let indent: number | undefined;
  let namesImage = false;
  const kept = source.split('\n').filter((line) => {
    const text = line.trim();
    if (indent !== undefined && (text === '' || line.search(/\S/) > indent)) {
      namesImage ||= IMAGE_TEXT.test(line);
      return false;
    }
    indent = text === 'valuesSchema:' ? line.search(/\S/) : undefined;
    return true;
  });
  return namesImage ? source : kept.join('\n');
}

/** Within braces indentation means nothing. */
function isBlock({ contents }: YamlDocument): boolean {
  const spec: unknown = isMap(contents) ? contents.get('spec', true) : undefined;
  return (!isMap(contents) || contents.flow !== true) && (!isMap(spec) || spec.flow !== true);
}
