/** The target of the `next` relation in a Link header (RFC 8288). */
export function nextLink(header: string | undefined): string | undefined {
  for (const [, target, parameters = ''] of (header ?? '').matchAll(/<([^>]*)>([^<]*)/g)) {
    if (/;\s*rel\s*=\s*(?:next(?=[\s;,]|$)|"(?:[^"]*\s)?next[\s"])/i.test(parameters)) return target;
  }
  return undefined;
}

/** A page that was asked for. */
export interface AskedPage {
  readonly url: URL;
  readonly names: readonly string[];
  /** The most names that a page may have. */
  readonly limit: number;
}

/**
 * The query with which to ask for the next page, from a Link header (distribution-spec, "Listing Tags"); undefined at the end.
 * Its marker may be called anything, so the query goes back as it came. The rest of the address is the server's word, and is
 * never followed: host and path stay what they were.
 * @param fail the error for a link that leads nowhere: there is more, and it cannot be had
 */
export function nextPage(
  link: string | undefined,
  { url, names, limit }: AskedPage,
  fail: (reason: string) => Error,
): string | undefined {
  if (link === undefined) return afterFullPage(url, names);
  const target = nextLink(link);
  if (target === undefined) {
    // Other relations are nobody's business; a next one that cannot be read is.
    if (/\brel\s*=\s*"?\s*next\b/i.test(link)) throw fail('its link to the next page cannot be read');
    return undefined;
  }
  if (!URL.canParse(target, url.href)) throw fail('its link to the next page is no URL');
  const next = withMarker(new URL(target, url).search.slice(1), names.at(-1), limit);
  if (next !== '' && next !== url.search.slice(1)) return next;
  // An empty page that leads to itself hides nothing.
  if (names.length === 0) return undefined;
  throw fail('its link to the next page leads back to the same page');
}

/**
 * A link is optional: a page that is as long as was asked for may be followed by others without one. So what comes after its last
 * name is asked for, until that goes back to what came before.
 */
function afterFullPage(url: URL, names: readonly string[]): string | undefined {
  const asked = url.searchParams;
  const [first, last] = [names[0], names.at(-1)];
  const isPlain = [...asked.keys()].every((key) => key === 'n' || key === 'last');
  if (!isPlain || first === undefined || last === undefined || String(names.length) !== asked.get('n'))
    return undefined;
  const marker = asked.get('last');
  // Registries sort with or without regard to capitals.
  const goesOn = marker === null || first > marker || first.toLowerCase() > marker.toLowerCase();
  return goesOn ? new URLSearchParams({ n: String(names.length), last }).toString() : undefined;
}

/** A query that says no more than how many names are wanted is meant to go on after the last one. */
function withMarker(query: string, last: string | undefined, limit: number): string {
  const isMarked = [...new URLSearchParams(query).keys()].some((key) => key !== 'n');
  if (isMarked || last === undefined) return query;
  const n = new URLSearchParams(query).get('n') ?? String(limit);
  return new URLSearchParams({ n, last }).toString();
}
