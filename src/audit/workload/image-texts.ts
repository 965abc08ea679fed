import { attemptReference } from '../attempt-reference.ts';

/** Hosts that serve images only: a reference to them needs no tag to be one. */
const REGISTRY_HOST =
  /^(?:(?:index\.|registry-1\.)?docker\.io|(?:[a-z0-9-]+\.)*(?:gcr\.io|quay\.io|ghcr\.io|nvcr\.io|azurecr\.io|pkg\.dev|registry\.k8s\.io|mcr\.microsoft\.com|public\.ecr\.aws|registry\.[a-z0-9.-]+)|[0-9]+\.dkr\.ecr\.[a-z0-9.-]+|registry\.[a-z0-9.-]+)(?::[0-9]+)?$/;
/** Hosts of sources and documents, which serve no images under their own name. */
const NO_REGISTRY = /^(?:www\.)?(?:github\.com|gitlab\.com|bitbucket\.org|golang\.org|[a-z0-9-]+\.github\.io)$/;

const HOST = String.raw`(?:localhost(?::[0-9]{1,5})?|[a-z0-9-]+:[0-9]{1,5}|[a-zA-Z0-9-]+(?:\.[a-zA-Z0-9-]+)+(?::[0-9]{1,5})?)`;
const COMPONENT = '[a-z0-9]+(?:[._-]+[a-z0-9]+)*';
const QUALIFIED = new RegExp(
  String.raw`(?<![A-Za-z0-9._/@:%~+-])(?<scheme>(?:oci|docker|docker-image)://)?(?<host>${HOST})(?:/${COMPONENT})+(?<tag>:[A-Za-z0-9_][A-Za-z0-9._-]{0,127})?(?<digest>@sha256:[0-9a-f]{64})?(?![A-Za-z0-9/@:])`,
  'g',
);
/** Such as `library/nginx:1.25` or `nginx@sha256:…`, which only their surroundings tell from other texts. */
const UNQUALIFIED = new RegExp(
  `^${COMPONENT}(?:/${COMPONENT})*(?::[A-Za-z0-9_][A-Za-z0-9._-]{0,127}|@sha256:[0-9a-f]{64}|:[A-Za-z0-9_][A-Za-z0-9._-]{0,127}@sha256:[0-9a-f]{64})$`,
);

/** What is known of the place where a text stands. */
export interface TextSurroundings {
  /** Its key, the name of its environment variable or the like speaks of an image. */
  readonly isAboutImages: boolean;
  readonly known: KnownImages;
}

/** What the locks of a workload name. */
export interface KnownImages {
  readonly registries: ReadonlySet<string>;
  /** The texts by which kbld knows the images. */
  readonly ids: ReadonlySet<string>;
}

/** In a text that is YAML or JSON itself, the value of a key called `image`. */
const IMAGE_KEY = /(?:^|[\s{,"'-])["']?image["']?[ \t]*:[ \t]*["']?([a-z0-9][\w./:@-]*)(?=["']?[ \t]*(?:$|[,}#\r]))/gm;
const NO_IMAGE = /^(?:true|false|null|yes|no|[0-9]+)$/;

/** The image references that stand in a text: alone, in an argument, in a script, or in JSON or YAML that is a text itself. */
export function imageTexts(text: string, { isAboutImages, known }: TextSurroundings): string[] {
  const found = new Set(qualifiedIn(text, isAboutImages, known.registries));
  for (const id of known.ids) if (holdsId(text, id, isAboutImages)) found.add(id);
  if (/\n|^\s*[{[]/.test(text)) {
    for (const [, reference = ''] of text.matchAll(IMAGE_KEY)) {
      if (!NO_IMAGE.test(reference) && attemptReference(reference) !== undefined) found.add(reference);
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
    const isLikely = isAboutImages || speaksOfImages(text.slice(Math.max(0, match.index - 40), match.index));
    if (!isCertain && !isLikely && tag === undefined) continue;
    if (attemptReference(reference) !== undefined) found.push(reference);
  }
  return found;
}

/** A bare name such as `busybox` may be the name of anything. */
function holdsId(text: string, id: string, isAboutImages: boolean): boolean {
  if (!/[/:]/.test(id)) return isAboutImages && text === id;
  const at = text.indexOf(id);
  return at >= 0 && !/[\w./:@-]/.test(text.charAt(at - 1)) && !/[\w/:@-]/.test(text.charAt(at + id.length));
}

/** Whether a key, an option or a variable is named after an image: `sidecarImage`, `RELATED_IMAGE_X`, `--solver-image=`. */
export function speaksOfImages(name: string): boolean {
  return /image(?!pull|_pull|-pull)[a-z0-9_.-]*["']?\s*[=:]?\s*["']?$/i.test(name);
}
