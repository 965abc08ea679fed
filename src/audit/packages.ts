import { setImmediate } from 'node:timers/promises';

import { decodeText } from '../base/decode-text.ts';
import { causes } from '../base/errors.ts';
import { PACKAGE_API_VERSION, PACKAGE_KIND, REVISION_ANNOTATION } from '../packaging/api-groups.ts';
import { defined, record, text, textMap } from '../packaging/json.ts';
import { parsePackageTemplate } from '../packaging/package-template.ts';
import type { PackageTemplate } from '../packaging/package-template.ts';
import type { PackageIdentity } from '../packaging/rival-packages.ts';
import type { AuditFinding } from './finding.ts';
import { readPackageDocuments } from './package-documents.ts';
import { usesYtt } from './ytt-template.ts';

/** A Package that the repository brings. */
export interface AuditedPackage {
  /** For people. */
  readonly name: string;
  /** Absent where it does not say which it is, and for what a cluster has. */
  readonly identity?: PackageIdentity;
  readonly template: PackageTemplate;
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
  files: ReadonlyMap<string, Buffer>,
  bundle: string,
): Promise<{ packages: AuditedPackage[]; problems: AuditFinding[] }> {
  const packages: AuditedPackage[] = [];
  const problems: AuditFinding[] = [];
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
