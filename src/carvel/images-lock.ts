import { formatReference, parseDigestReference } from '../oci/reference.ts';
import type { DigestReference } from '../oci/reference.ts';
import { formatGoYaml } from './go-yaml.ts';
import type { YamlMapping } from './go-yaml.ts';
import { checkKind, fieldsOf, IMGPKG_API_VERSION, invalid, isYamlMapping, parseYamlMapping, textOf } from './yaml.ts';
import type { YamlValue } from './yaml-decoder.ts';

export interface LockedImage {
  readonly reference: DigestReference;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** `.imgpkg/images.yml`: every image that a bundle needs, by digest. */
export interface ImagesLock {
  readonly images: readonly LockedImage[];
}

/**
 * As strict as imgpkg: unknown and repeated keys are errors, and each image must be a digest reference, which is
 * canonicalised.
 * @param where names the file in errors
 */
export function parseImagesLock(text: string, where: string): ImagesLock {
  const lock = fieldsOf(parseYamlMapping(text, where), ['apiVersion', 'kind', 'images'], where);
  checkKind(lock, 'ImagesLock', where);
  const images = lock.images ?? [];
  if (!Array.isArray(images)) throw invalid(where, 'images: expected a list');
  return { images: images.map((image: YamlValue, index) => lockedImage(image, `${where}: images[${index}]`)) };
}

function lockedImage(value: YamlValue, where: string): LockedImage {
  if (!isYamlMapping(value)) throw invalid(where, 'expected a mapping');
  const fields = fieldsOf(value, ['image', 'annotations'], where);
  const image = textOf(fields.image, `${where}: image`);
  let reference: DigestReference;
  try {
    reference = parseDigestReference(image);
  } catch (error) {
    throw invalid(where, `Validating images lock: Expected ref to be in digest form, got '${image}'`, error);
  }
  const annotations = textMap(fields.annotations, `${where}: annotations`);
  return annotations === undefined ? { reference } : { reference, annotations };
}

/** Converts scalars to texts, as imgpkg does. */
function textMap(value: YamlValue | undefined, where: string): Record<string, string> | undefined {
  if (value === undefined || value === null) return undefined;
  if (!isYamlMapping(value)) throw invalid(where, 'expected a mapping');
  return Object.fromEntries([...value].map(([key, each]) => [key, textOf(each, `${where}.${key}`)]));
}

/** Formats a lock as imgpkg does: sorted keys, lists without indentation. */
export function formatImagesLock(lock: ImagesLock): string {
  const images = lock.images.map(({ reference, annotations }) => ({
    ...(annotations === undefined || Object.keys(annotations).length === 0 ? {} : { annotations }),
    image: formatReference(reference),
  }));
  return formatYaml({
    apiVersion: IMGPKG_API_VERSION,
    ...(images.length === 0 ? {} : { images }),
    kind: 'ImagesLock',
  });
}

/** Prepends the document marker that imgpkg writes. */
export function formatYaml(value: YamlMapping): string {
  return `---\n${formatGoYaml(value)}`;
}
