import { isRecord, record, text } from '../../base/json.ts';
import { imageTexts, isPrefixName, isQualified, namesImage } from './image-texts.ts';
import type { KnownImages } from './image-texts.ts';
import { KbldText } from './kbld.ts';

/** An image reference in a document. */
export interface FoundReference {
  readonly reference: string;
  /** `kbld`: processed by kbld; `image`: the value of a key called `image`; otherwise anywhere else. */
  readonly position: 'kbld' | 'image' | 'other';
  readonly outcome?: KbldText['outcome'];
  readonly reason?: string;
  /** The object and the position in it, for display. */
  readonly place: string;
}

/** Prose and records written by tools, which do not make the cluster pull anything. */
const NOT_PULLED = new Set([
  'description',
  'kbld.k14s.io/images',
  'kubectl.kubernetes.io/last-applied-configuration',
  'kapp.k14s.io/original',
  'managedFields',
]);
/** Longer texts, such as certificate bundles or dashboards, contain no references and are slow to search. */
const MAX_TEXT = 1024 * 1024;

/**
 * Finds every image reference in a document in its final form.
 * @param isStrict for objects in a cluster; see TextSurroundings
 */
export function findReferences(
  document: unknown,
  name: string,
  known: KnownImages,
  isStrict = false,
): { references: FoundReference[]; tooLong: string[] } {
  const references: FoundReference[] = [];
  const tooLong: string[] = [];
  const isSecret = record(document)['kind'] === 'Secret';

  const visit = (value: unknown, path: readonly string[], isAboutImages: boolean): void => {
    const place = path.length === 0 ? name : `${name}, ${path.join('.')}`;
    if (value instanceof KbldText) {
      const { text: reference, outcome, reason } = value;
      references.push({ reference, position: 'kbld', outcome, reason, place });
    } else if (typeof value === 'string') {
      const content = isSecret && path[0] === 'data' ? Buffer.from(value, 'base64').toString('utf8') : value;
      if (content.length > MAX_TEXT) tooLong.push(place);
      else if (path.at(-1) === 'image') {
        const isImage = content !== '' && (!isStrict || isQualified(content) || isContainer(path));
        if (isImage) references.push({ reference: content, position: 'image', place });
      } else {
        const found = imageTexts(content, { isAboutImages, known, isStrict });
        references.push(...found.map((reference): FoundReference => ({ reference, position: 'other', place })));
      }
    } else if (Array.isArray(value)) {
      value.forEach((inner: unknown, index) => visit(inner, [...path, String(index)], isAboutImages));
    } else if (isRecord(value)) {
      const composed = composedReference(value, path.at(-1) ?? '');
      if (composed !== undefined) references.push({ reference: composed, position: 'other', place });
      // The name of an environment variable indicates what its value is.
      const isNamedAfterImage = namesImage(text(value['name']) ?? '') && typeof value['value'] === 'string';
      for (const [key, inner] of Object.entries(value)) {
        if (NOT_PULLED.has(key)) continue;
        const isNamed = namesImage(key) || namesImage(path.at(-1) ?? '') || (key === 'value' && isNamedAfterImage);
        const isImage = isNamed && !(isStrict && isPrefixName(key === 'value' ? (text(value['name']) ?? '') : key));
        visit(inner, [...path, key], isImage);
      }
    }
  };

  visit(document, [], false);
  return { references, tooLong };
}

/** Whether a text is the image of a container in a pod. */
function isContainer(path: readonly string[]): boolean {
  return path.at(-3)?.endsWith('ontainers') === true || path.at(-2)?.endsWith('ontainer') === true;
}

/** Joins `{registry, repository, tag}`, a form used by charts and operators. */
function composedReference(value: Readonly<Record<string, unknown>>, key: string): string | undefined {
  const registry = text(value['registry']);
  const repository = text(value['repository']);
  const tag = text(value['tag']);
  const digest = text(value['digest']);
  if (repository === undefined || (tag === undefined && digest === undefined)) return undefined;
  if (registry === undefined && !repository.includes('/') && !namesImage(key)) return undefined;
  const name = registry === undefined ? repository : `${registry}/${repository}`;
  return digest === undefined ? `${name}:${tag ?? ''}` : `${name}@${digest}`;
}
