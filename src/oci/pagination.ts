/**
 * What to ask for as `last` to get the next page, from a Link header (distribution-spec, "Listing Tags"). Of the link only
 * the marker is used: its address comes from the server and is never followed. A link that leads nowhere new ends the list.
 */
export function nextPage(
  link: string | undefined,
  names: readonly string[],
  last: string | undefined,
): string | undefined {
  const target = link === undefined ? undefined : /<([^>]*)>\s*;\s*rel="?next"?/i.exec(link)?.[1];
  if (target === undefined) return undefined;
  const query = target.includes('?') ? target.slice(target.indexOf('?') + 1) : '';
  const marker = new URLSearchParams(query).get('last') ?? names.at(-1);
  return marker === undefined || marker === '' || marker === last ? undefined : marker;
}
