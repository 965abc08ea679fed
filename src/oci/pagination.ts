/** The target of the `next` relation in a Link header (RFC 8288). */
export function nextLink(header: string | undefined): string | undefined {
  for (const [, target, parameters = ''] of (header ?? '').matchAll(/<([^>]*)>([^<]*)/g)) {
    if (/;\s*rel\s*=\s*(?:next(?=[\s;,]|$)|"(?:[^"]*\s)?next[\s"])/i.test(parameters)) return target;
  }
  return undefined;
}

/** A page that was requested. */
export interface AskedPage {
  readonly url: URL;
  readonly names: readonly string[];
  /** Maximum number of names on a page. */
  readonly limit: number;
}

/**
 * The query for the next page, from a Link header (distribution-spec, "Listing Tags"); undefined at the end. Registries
 * choose the name of the marker, so the query is returned unchanged. The rest of the link is untrusted and never
 * followed: host and path stay the same.
 * @param fail creates the error for a link that cannot be followed although there are more pages
 */
export function nextPage(
  link: string | undefined,
  { url, names, limit }: AskedPage,
  fail: (reason: string) => Error,
): string | undefined {
  if (link === undefined) return afterFullPage(url, names);
  const target = nextLink(link);
  if (target === undefined) {
    // Links with other relations are ignored, but a next link that cannot be parsed is an error.
    if (/\brel\s*=\s*"?\s*next\b/i.test(link)) throw fail('its link to the next page cannot be read');
    return undefined;
  }
  if (!URL.canParse(target, url.href)) throw fail('its link to the next page is no URL');
  const next = withMarker(new URL(target, url).search.slice(1), names.at(-1), limit);
  if (next !== '' && next !== url.search.slice(1)) return next;
  // An empty page that links to itself hides no names.
  if (names.length === 0) return undefined;
  throw fail('its link to the next page leads back to the same page');
}

/**
 * The Link header is optional: a page with as many names as requested may be followed by others. So the names after its
 * last one are requested, unless the page shows that the registry ignored the marker and started again.
 */
function afterFullPage(url: URL, names: readonly string[]): string | undefined {
  const requested = url.searchParams;
  const [first, last] = [names[0], names.at(-1)];
  const isPlain = [...requested.keys()].every((key) => key === 'n' || key === 'last');
  if (!isPlain || first === undefined || last === undefined || String(names.length) !== requested.get('n'))
    return undefined;
  const marker = requested.get('last');
  // Registries sort names with or without regard to case.
  const continues = marker === null || first > marker || first.toLowerCase() > marker.toLowerCase();
  return continues ? new URLSearchParams({ n: String(names.length), last }).toString() : undefined;
}

/** A query that states only the number of names is meant to continue after the last name. */
function withMarker(query: string, last: string | undefined, limit: number): string {
  const isMarked = [...new URLSearchParams(query).keys()].some((key) => key !== 'n');
  if (isMarked || last === undefined) return query;
  const n = new URLSearchParams(query).get('n') ?? String(limit);
  return new URLSearchParams({ n, last }).toString();
}
