import { tryParseReference } from '../../oci/reference.ts';

/** Hosts that only serve images, so that a reference to them needs no tag. */
const REGISTRY_HOST =
  /^(?:(?:index\.|registry-1\.)?docker\.io|(?:[a-z0-9-]+\.)*(?:gcr\.io|quay\.io|ghcr\.io|nvcr\.io|azurecr\.io|pkg\.dev|registry\.k8s\.io|mcr\.microsoft\.com|public\.ecr\.aws|registry\.[a-z0-9.-]+)|[0-9]+\.dkr\.ecr\.[a-z0-9.-]+|registry\.[a-z0-9.-]+)(?::[0-9]+)?$/;
/** Hosts of source code and documentation, which serve no images under this name. */
const NO_REGISTRY = /^(?:www\.)?(?:github\.com|gitlab\.com|bitbucket\.org|golang\.org|[a-z0-9-]+\.github\.io)$/;

const HOST = String.raw`(?:localhost(?::[0-9]{1,5})?|[a-z0-9-]+:[0-9]{1,5}|[a-zA-Z0-9-]+(?:\.[a-zA-Z0-9-]+)+(?::[0-9]{1,5})?)`;
const COMPONENT = '[a-z0-9]+(?:[._-]+[a-z0-9]+)*';
const QUALIFIED = new RegExp(
  String.raw`(?<![A-Za-z0-9._/@:%~+-])(?<scheme>(?:oci|docker|docker-image)://)?(?<host>${HOST})(?:/${COMPONENT})+(?<tag>:[A-Za-z0-9_][A-Za-z0-9._-]{0,127})?(?<digest>@sha256:[0-9a-f]{64})?(?![A-Za-z0-9/@:])`,
  'g',
);
/**
 * A reference such as `library/nginx:1.25` or `nginx@sha256:…`, which only its context distinguishes from other texts.
 */
const UNQUALIFIED = new RegExp(
  `^${COMPONENT}(?:/${COMPONENT})*(?::[A-Za-z0-9_][A-Za-z0-9._-]{0,127}|@sha256:[0-9a-f]{64}|:[A-Za-z0-9_][A-Za-z0-9._-]{0,127}@sha256:[0-9a-f]{64})$`,
);

/** The context of a text. */
export interface TextSurroundings {
  /** Whether its key, environment variable or option is named after an image. */
  readonly isAboutImages: boolean;
  readonly known: KnownImages;
}

/** What a workload's locks name. */
export interface KnownImages {
  readonly registries: ReadonlySet<string>;
  /** The texts by which kbld identifies the images. */
  readonly ids: ReadonlySet<string>;
}

/** The value of a key called `image` within an embedded YAML or JSON text. */
const IMAGE_KEY = /(?:^|[\s{,"'-])["']?image["']?[ \t]*:[ \t]*["']?([a-z0-9][\w./:@-]*)(?=["']?[ \t]*(?:$|[,}#\r]))/gm;
const NO_IMAGE = /^(?:true|false|null|yes|no|[0-9]+)$/;

/** The image references in a text: as the whole text, in an argument, in a script, or in embedded JSON or YAML. */
export function imageTexts(text: string, { isAboutImages, known }: TextSurroundings): string[] {
  const found = new Set(qualifiedIn(text, isAboutImages, known.registries));
  for (const id of known.ids) if (containsId(text, id, isAboutImages)) found.add(id);
  if (/\n|^\s*[{[]/.test(text)) {
    for (const [, reference = ''] of text.matchAll(IMAGE_KEY)) {
      if (!NO_IMAGE.test(reference) && tryParseReference(reference) !== undefined) found.add(reference);
    }
  }
  if (isAboutImages && found.size === 0 && UNQUALIFIED.test(text.trim())) found.add(text.trim());
  return [...found];
}

function qualifiedIn(text: string, isAboutImages: boolean, registries: ReadonlySet<string>): string[] {
  const found: string[] = [];
  for (const match of text.matchAll(QUALIFIED)) {
    const { scheme = '', host = '', tag, digest } = match.groups ?? {};
    const reference = match[0].slice(scheme.length);
    if (NO_REGISTRY.test(host)) continue;
    const isCertain = digest !== undefined || scheme !== '' || registries.has(host) || REGISTRY_HOST.test(host);
    const isLikely = isAboutImages || namesImage(text.slice(Math.max(0, match.index - 40), match.index));
    if (!isCertain && !isLikely && tag === undefined) continue;
    if (tryParseReference(reference) !== undefined) found.push(reference);
  }
  return found;
}

/** A bare name such as `busybox` can mean anything. */
function containsId(text: string, id: string, isAboutImages: boolean): boolean {
  if (!/[/:]/.test(id)) return isAboutImages && text === id;
  const at = text.indexOf(id);
  return at >= 0 && !/[\w./:@-]/.test(text.charAt(at - 1)) && !/[\w/:@-]/.test(text.charAt(at + id.length));
}

/** Whether a key, option or variable is named after an image: `sidecarImage`, `RELATED_IMAGE_X`, `--solver-image=`. */
export function namesImage(name: string): boolean {
  return /image(?!pull|_pull|-pull)[a-z0-9_.-]*["']?\s*[=:]?\s*["']?$/i.test(name);
}
