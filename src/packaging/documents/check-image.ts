import { AirgapError } from '../../base/errors.ts';
import { parseReference, parseRepository } from '../../oci/reference.ts';
import type { DocumentFinding, DocumentFix } from './finding.ts';
import type { FoundImageText } from './find-documents.ts';
import type { DocumentView, TextValue } from './document-view.ts';

/**
 * Findings in an image reference; needs no network.
 * @param isHttp whether a registry uses plain HTTP
 */
export function checkImage(image: FoundImageText, isHttp: (host: string) => boolean): DocumentFinding[] {
  const { value, document, hasTagSelection } = image;
  const finding = (
    code: DocumentFinding['code'],
    severity: DocumentFinding['severity'],
    args: DocumentFinding['args'] = {},
    fixes: readonly DocumentFix[] = [],
  ): DocumentFinding => ({ code, severity, args, fixes, place: placeOf(image) });
  const protocol = /^https?:\/\//.exec(value)?.[0];
  if (protocol !== undefined) {
    const start = document.view.source.indexOf(protocol, image.start);
    const fix: DocumentFix = { code: 'protocol', edits: [{ start, end: start + protocol.length, text: '' }] };
    return [finding('image-protocol', 'error', { protocol }, [fix])];
  }
  try {
    if (hasTagSelection && hasTagOrDigest(value)) {
      const selection = ['spec', 'fetch', image.role === 'bundle' ? 'imgpkgBundle' : 'image', 'tagSelection'];
      return [finding('tag-and-selection', 'error', {}, selectionFixes(image, document.view, selection))];
    }
    const { registry, tag, digest } = hasTagSelection
      ? { ...parseRepository(value), tag: undefined, digest: undefined }
      : parseReference(value);
    const http = isHttp(registry) && !allowsPlainHttp(registry);
    const isLock = document.kind !== 'PackageRepository';
    return [
      ...(http && !isLock ? [finding('plain-http', 'error', { host: registry })] : []),
      ...(isLock && digest === undefined ? [finding('image-not-digest', 'error')] : []),
      ...(!isLock && !hasTagSelection && digest === undefined
        ? [finding('unpinned', 'hint', { tag: tag ?? 'latest' })]
        : []),
    ];
  } catch (error) {
    if (!(error instanceof AirgapError)) throw error;
    return [finding('image-invalid', 'error', { reason: String(error.args['reason'] ?? error.message) })];
  }
}

/** A tagSelection requires a repository name without tag or digest. */
export function hasTagOrDigest(reference: string): boolean {
  return reference.includes('@') || reference.slice(reference.indexOf('/') + 1).includes(':');
}

/** @param path path of the tagSelection */
export function selectionFixes(
  { value, start }: TextValue,
  view: DocumentView,
  path: readonly (string | number)[],
): DocumentFix[] {
  const at = value.indexOf('@');
  const name = at < 0 ? value : value.slice(0, at);
  const colon = name.lastIndexOf(':');
  const end = colon > name.indexOf('/') ? colon : name.length;
  const from = view.source.indexOf(value, start);
  const selection = view.lines(...path);
  return [
    { code: 'drop-tag', edits: [{ start: from + end, end: from + value.length, text: '' }] },
    ...(selection === undefined ? [] : [{ code: 'drop-selection' as const, edits: [{ ...selection, text: '' }] }]),
  ];
}

function placeOf({ start, end, line, column }: FoundImageText): DocumentFinding['place'] {
  return { start, end, line, column };
}

/**
 * Whether kapp-controller falls back to HTTP for a registry, by go-containerregistry's fixed rule
 * (pkg/name/registry.go).
 * @param host host[:port] as in references
 */
export function allowsPlainHttp(host: string): boolean {
  const name = host.replace(/:\d+$/, '');
  if (/^localhost$|\.localhost$|\.local$/.test(name)) return true;
  if (host.includes('127.0.0.1') || host.includes('[::1]')) return true;
  const parts = /^(\d{1,3})\.(\d{1,3})\.\d{1,3}\.\d{1,3}$/.exec(name);
  const [first, second] = [Number(parts?.[1]), Number(parts?.[2])];
  return first === 10 || (first === 192 && second === 168) || (first === 172 && second >= 16 && second <= 31);
}
