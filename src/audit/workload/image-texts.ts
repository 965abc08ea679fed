import { tryParseReference } from '../../oci/reference.ts';

/** Hosts that only serve images, so that a reference to them needs no tag. */
const REGISTRY_HOST =
  /^(?:(?:index\.|registry-1\.)?docker\.io|(?:[a-z0-9-]+\.)*(?:gcr\.io|quay\.io|ghcr\.io|nvcr\.io|azurecr\.io|pkg\.dev|registry\.k8s\.io|mcr\.microsoft\.com|public\.ecr\.aws|registry\.[a-z0-9.-]+)|[0-9]+\.dkr\.ecr\.[a-z0-9.-]+|registry\.[a-z0-9.-]+)(?::[0-9]+)?$/;
/**
 * Hosts of source code and documentation, which serve no images under this name, and the domains of Kubernetes' labels
 * and taints.
 */
const NO_REGISTRY =
  /^(?:www\.)?(?:github\.com|gitlab\.com|bitbucket\.org|golang\.org|[a-z0-9-]+\.github\.io|(?!registry\.k8s\.io$)(?:[a-z0-9-]+\.)*(?:kubernetes|k8s)\.io)$/;
/** `example.com/key:NoSchedule` is a taint, `10.0.0.0/8:443` a network, `example.com/pkg/file.go:12` a place in a program. */
const NO_IMAGE_TEXT =
  /:(?:NoSchedule|NoExecute|PreferNoSchedule)$|^[0-9.]+\/[0-9]+(?::|$)|\.(?:go|py|js|ts|java|rb|rs|c|cc|cpp|sh|md|html?|txt|json|ya?ml):[0-9]+$/;

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
  /**
   * For objects in a cluster, where nothing says that a text is configuration of a workload: a reference outside a value
   * that is named after an image must have a tag or digest.
   */
  readonly isStrict?: boolean;
}

/** What a workload's locks name. */
export interface KnownImages {
  readonly registries: ReadonlySet<string>;
  /** The texts by which kbld identifies the images. */
  readonly ids: ReadonlySet<string>;
}

/** A name before a value that says that the value is not a complete reference. */
const IS_PREFIX = /(?:registr(?:y|ies)|repo(?:sitor(?:y|ies))?s?|prefix|host|mirror)["']?\s*[=:]?\s*["']?$/i;

/** The value of a key called `image` within an embedded YAML or JSON text. */
const IMAGE_KEY = /(?:^|[\s{,"'-])["']?image["']?[ \t]*:[ \t]*["']?([a-z0-9][\w./:@-]*)(?=["']?[ \t]*(?:$|[,}#\r]))/gm;
const NO_IMAGE = /^(?:true|false|null|yes|no|[0-9]+)$/;

/** The image references in a text: as the whole text, in an argument, in a script, or in embedded JSON or YAML. */
export function imageTexts(text: string, surroundings: TextSurroundings): string[] {
  const { isAboutImages, known, isStrict = false } = surroundings;
  const found = new Set(qualifiedIn(text, surroundings));
  for (const id of known.ids) if (containsId(text, id, isAboutImages)) found.add(id);
  if (/\n|^\s*[{[]/.test(text)) {
    for (const [, reference = ''] of text.matchAll(IMAGE_KEY)) {
      if (NO_IMAGE.test(reference) || tryParseReference(reference) === undefined) continue;
      // `image: icon.png` is more common in such texts than an image without a tag, except in the template of a pod.
      if (!isStrict || isQualified(reference) || /\bcontainers\b/i.test(text)) found.add(reference);
    }
  }
  if (isAboutImages && found.size === 0 && UNQUALIFIED.test(text.trim())) found.add(text.trim());
  return [...found];
}

/** Whether a reference names its registry, tag or digest, so that it cannot be an ordinary word. */
export function isQualified(reference: string): boolean {
  return /^[^/]*[.:][^/]*\//.test(reference) || /[:@][^/]*$/.test(reference);
}

function qualifiedIn(text: string, { isAboutImages, known, isStrict = false }: TextSurroundings): string[] {
  const { registries } = known;
  const found: string[] = [];
  for (const match of text.matchAll(QUALIFIED)) {
    const { scheme = '', host = '', tag, digest } = match.groups ?? {};
    const reference = match[0].slice(scheme.length);
    if (NO_REGISTRY.test(host) || NO_IMAGE_TEXT.test(reference)) continue;
    const isCertain = digest !== undefined || scheme !== '' || registries.has(host) || REGISTRY_HOST.test(host);
    const isLikely = isAboutImages || namesImage(text.slice(Math.max(0, match.index - 40), match.index));
    const isNamed = tag !== undefined || digest !== undefined;
    // A registry and the beginning of a path is configuration, too: `imageRegistry: registry.example/mirror`.
    if (isStrict && !isNamed && (!isLikely || IS_PREFIX.test(text.slice(0, match.index)))) continue;
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

/** Whether a name such as `imageRegistry` says that its value is only the beginning of a reference. */
export function isPrefixName(name: string): boolean {
  return IS_PREFIX.test(name);
}

/** Whether a key, option or variable is named after an image: `sidecarImage`, `RELATED_IMAGE_X`, `--solver-image=`. */
export function namesImage(name: string): boolean {
  return /image(?!pull|_pull|-pull)[a-z0-9_.-]*["']?\s*[=:]?\s*["']?$/i.test(name);
}
