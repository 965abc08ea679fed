import { AirgapError } from '../base/errors.ts';
import { array, record, text } from '../base/json.ts';
import type { ApiClient, ApiRequest } from './api-client.ts';
import { clusterError } from './errors.ts';
import { apiOf, resourcePath } from './resources.ts';
import type { NamedItem, Resource } from './resources.ts';

const PAGE = '500';

/** What to list and watch: a kind, in one namespace or in all, either all objects or one by name. */
export interface Selection<Item extends NamedItem> {
  readonly resource: Resource<Item>;
  readonly namespace?: string;
  readonly name?: string;
}

export interface ListedItems<Item> {
  readonly items: readonly Item[];
  /** The version from which a watch continues. */
  readonly resourceVersion: string;
}

export function selectionRequest<Item extends NamedItem>(
  selection: Selection<Item>,
  verb: 'list' | 'watch',
  query: Readonly<Record<string, string>>,
): ApiRequest {
  const { resource, namespace, name } = selection;
  return {
    step: `${verb} the ${resource.title} ${namespace === undefined ? 'of all namespaces' : `of the namespace ${namespace}`}`,
    api: apiOf(resource),
    path: resourcePath(resource, namespace),
    query: { ...query, ...(name !== undefined && { fieldSelector: `metadata.name=${name}` }) },
    ...(namespace !== undefined && { namespace }),
  };
}

/** Lists page by page. A page requested too late (410) rejects like any error: the caller lists again. */
export async function listAll<Item extends NamedItem>(
  client: Pick<ApiClient, 'json' | 'host'>,
  selection: Selection<Item>,
  signal: AbortSignal,
): Promise<ListedItems<Item>> {
  const items: Item[] = [];
  let next: string | undefined;
  for (;;) {
    const request = selectionRequest(selection, 'list', { limit: PAGE, ...(next !== undefined && { continue: next }) });
    const list = record(await client.json(request, signal));
    const metadata = record(list['metadata']);
    const resourceVersion = text(metadata['resourceVersion']);
    if (resourceVersion === undefined) {
      throw clusterError('response-invalid', { host: client.host, step: request.step, reason: 'it is not a list' });
    }
    for (const value of array(list['items'])) {
      const item = selection.resource.parse(value);
      if (item !== undefined) items.push(item);
    }
    next = text(metadata['continue']);
    if (next === undefined) return { items, resourceVersion };
  }
}

/** Lists one namespace or all; if this user may not list all, `fallback`. */
export async function listNamespaced<Item extends NamedItem>(
  client: Pick<ApiClient, 'json' | 'host'>,
  resource: Resource<Item>,
  namespace: string | undefined,
  fallback: string,
  signal: AbortSignal,
): Promise<readonly Item[]> {
  try {
    return (await listAll(client, { resource, ...(namespace !== undefined && { namespace }) }, signal)).items;
  } catch (error) {
    const forbidden = error instanceof AirgapError && error.code === 'cluster.forbidden';
    if (!forbidden || namespace !== undefined) throw error;
    return (await listAll(client, { resource, namespace: fallback }, signal)).items;
  }
}
