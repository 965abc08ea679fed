import { setImmediate } from 'node:timers/promises';

import { decodeText } from '../base/decode-text.ts';
import { causes } from '../base/errors.ts';
import { PACKAGE_API_VERSION, PACKAGE_KIND, REVISION_ANNOTATION } from '../packaging/api-groups.ts';
import { defined, isRecord, record, text, textMap } from '../base/json.ts';
import { parsePackageTemplate } from '../packaging/package-template.ts';
import type { PackageTemplate } from '../packaging/package-template.ts';
import type { PackageIdentity } from '../packaging/conflicting-packages.ts';
import { isPackageFile, readPackageDocuments, usesYtt } from '../packaging/package-files.ts';
import type { AuditFinding } from './finding.ts';

/** A Package of a repository. */
export interface AuditedPackage {
  /** For display. */
  readonly name: string;
  /** Absent if it is incomplete in the document, and for Packages from a cluster. */
  readonly identity?: PackageIdentity;
  readonly template: PackageTemplate;
  /**
   * Values of all keys called `image` outside fetch steps, which kbld also resolves. Only for Packages from a bundle.
   */
  readonly imageKeys?: readonly string[];
}

/**
 * The Packages in unrendered files. kapp-controller renders them with ytt first, so every template is recorded as a
 * problem: its result is unknown.
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
    // A repository can have thousands of Packages, so other work on this thread gets its turn.
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

/** kbld treats every text under a key called `image` as an image; fetch steps are audited with their context. */
function imageKeys(value: unknown, path: readonly string[]): string[] {
  if (Array.isArray(value)) return value.flatMap((inner: unknown) => imageKeys(inner, path));
  if (!isRecord(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const own = [...path, key];
    if (own.join('.') === 'spec.template.spec.fetch.imgpkgBundle.image') return [];
    return key === 'image' && typeof inner === 'string' ? [inner] : imageKeys(inner, own);
  });
}
