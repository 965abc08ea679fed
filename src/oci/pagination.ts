/** The target of the `next` relation in a Link header (RFC 8288). */
export function nextLink(header: string | undefined): string | undefined {
  for (const [, target, parameters = ''] of (header ?? '').matchAll(/<([^>]*)>([^<]*)/g)) {
    if (/;\s*rel\s*=\s*(?:next(?=[\s;,]|$)|"(?:[^"]*\s)?next[\s"])/i.test(parameters)) return target;
  }
  return undefined;
}

/**
 * What to ask for as `last` to get the next page, from a Link header (distribution-spec, "Listing Tags"). Of the link only
 * the marker is used: its address comes from the server and is never followed. A link that leads nowhere new ends the list.
 */
export function nextPage(
  link: string | undefined,
  names: readonly string[],
  last: string | undefined,
): string | undefined {
  const target = nextLink(link);
  if (target === undefined) return undefined;
  const query = target.includes('?') ? target.slice(target.indexOf('?') + 1) : '';
  const marker = new URLSearchParams(query).get('last') ?? names.at(-1);
  return marker === undefined || marker === '' || marker === last ? undefined : marker;
}
