import type { ConfigurationOptions } from '@kubernetes/client-node';
import { AirgapError } from '../base/errors.ts';
import { array, record, text } from '../base/json.ts';
import type { ApiClient, ApiRequest } from './api-client.ts';
import { clusterError } from './errors.ts';
import { apiOf, customResource } from './resources.ts';
import type { NamedItem, Resource } from './resources.ts';

const PAGE = 500;

/** What to list and watch: a kind, in one namespace or in all, either all objects or one by name. */
export interface Selection<Item extends NamedItem> {
  readonly resource: Resource<Item>;
  readonly namespace?: string;
  readonly name?: string;
  readonly labelSelector?: string;
}

type ListClient = Pick<ApiClient, 'json' | 'core' | 'custom' | 'host'>;

interface ListQuery {
  readonly limit?: number;
  readonly _continue?: string;
  readonly watch?: boolean;
  readonly allowWatchBookmarks?: boolean;
  readonly resourceVersion?: string;
  readonly timeoutSeconds?: number;
}

export interface ListedItems<Item> {
  readonly items: readonly Item[];
  /** The version from which a watch continues. */
  readonly resourceVersion: string;
}

export function selectionRequest<Item extends NamedItem>(
  selection: Selection<Item>,
  verb: 'list' | 'watch',
): ApiRequest {
  const { resource, namespace } = selection;
  return {
    step: `${verb} the ${resource.title} ${namespace === undefined ? 'of all namespaces' : `of the namespace ${namespace}`}`,
    api: apiOf(resource),
    ...(namespace !== undefined && { namespace }),
  };
}

/** The operation that lists, or watches, a selection. */
export function listOperation<Item extends NamedItem>(
  { core, custom }: Pick<ApiClient, 'core' | 'custom'>,
  { resource, namespace, name, labelSelector }: Selection<Item>,
  query: ListQuery,
): (options: ConfigurationOptions) => Promise<unknown> {
  const selected = {
    ...query,
    ...(name !== undefined && { fieldSelector: `metadata.name=${name}` }),
    ...(labelSelector !== undefined && { labelSelector }),
  };
  if (resource.group === '') {
    return (options) =>
      namespace === undefined
        ? core.listPodForAllNamespaces(selected, options)
        : core.listNamespacedPod({ ...selected, namespace }, options);
  }
  const list = { ...customResource(resource), ...selected };
  return (options) =>
    namespace === undefined
      ? custom.listCustomObjectForAllNamespaces({ ...list, resourcePlural: list.plural }, options)
      : custom.listNamespacedCustomObject({ ...list, namespace }, options);
}

/** Lists page by page. A page requested too late (410) rejects like any error: the caller lists again. */
export async function listAll<Item extends NamedItem>(
  client: ListClient,
  selection: Selection<Item>,
  signal: AbortSignal,
): Promise<ListedItems<Item>> {
  const items: Item[] = [];
  let next: string | undefined;
  for (;;) {
    const request = selectionRequest(selection, 'list');
    const page = listOperation(client, selection, { limit: PAGE, ...(next !== undefined && { _continue: next }) });
    const list = record(await client.json(request, signal, page));
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
  client: ListClient,
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
