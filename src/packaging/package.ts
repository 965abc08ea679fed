import { PACKAGE_API_VERSION, PACKAGE_KIND, REPOSITORY_REF_ANNOTATION, REVISION_ANNOTATION } from './api-groups.ts';
import { defined, record, text, textMap, time } from '../base/json.ts';
import { fetchedImages, parsePackageTemplate } from './package-template.ts';
import type { PackageTemplate } from './package-template.ts';

/** A view may hold thousands of Packages. */
const MOST_NOTES = 300;

/** The used fields of a Package, without its schema and templates. */
export interface Package {
  readonly namespace: string;
  /** `<refName>.<version>` */
  readonly name: string;
  readonly refName: string;
  readonly version: string;
  readonly resourceVersion?: string;
  /** Milliseconds since the epoch. */
  readonly releasedAt?: number;
  /** The beginning of them. Untrusted. */
  readonly releaseNotes?: string;
  /** The annotation `packaging.carvel.dev/revision`. */
  readonly revision?: string;
  /** The PackageRepository that created it; absent for a Package applied by hand. */
  readonly repository?: { readonly namespace: string; readonly name: string };
  readonly template: PackageTemplate;
  /** The images that its App will fetch, in their original spelling. */
  readonly images: readonly string[];
}

/** Parses an item of a list or a watch; undefined if it is not a Package with name, namespace, refName and version. */
export function parsePackage(value: unknown): Package | undefined {
  const object = record(value);
  if ((object['apiVersion'] ?? PACKAGE_API_VERSION) !== PACKAGE_API_VERSION) return undefined;
  if ((object['kind'] ?? PACKAGE_KIND) !== PACKAGE_KIND) return undefined;
  const metadata = record(object['metadata']);
  const annotations = textMap(metadata['annotations']);
  const spec = record(object['spec']);
  const name = text(metadata['name']);
  const namespace = text(metadata['namespace']);
  const refName = text(spec['refName']);
  const version = text(spec['version']);
  if (name === undefined || namespace === undefined || refName === undefined || version === undefined) return undefined;
  const template = parsePackageTemplate(record(spec['template'])['spec']);
  return {
    namespace,
    name,
    refName,
    version,
    template,
    images: fetchedImages(template),
    ...defined({
      resourceVersion: text(metadata['resourceVersion']),
      releasedAt: time(spec['releasedAt']),
      releaseNotes: text(spec['releaseNotes'])?.slice(0, MOST_NOTES),
      revision: annotations[REVISION_ANNOTATION],
      repository: repositoryRef(annotations[REPOSITORY_REF_ANNOTATION]),
    }),
  };
}

function repositoryRef(annotation: string | undefined): Package['repository'] {
  const [namespace, name, ...more] = (annotation ?? '').split('/');
  return namespace && name && more.length === 0 ? { namespace, name } : undefined;
}
