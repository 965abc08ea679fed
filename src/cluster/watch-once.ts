import type { HttpBody } from '../net/http/response-body.ts';
import type { ApiClient, ApiRequest } from './api-client.ts';
import { clusterError } from './errors.ts';
import { listOperation, selectionRequest } from './list.ts';
import type { Selection } from './list.ts';
import type { NamedItem } from './resources.ts';
import { parseStatus } from './status.ts';
import { statusError } from './status-errors.ts';
import { WatchLineError, resourceVersionOf, watchEvents } from './watch-events.ts';
import type { WatchEvent } from './watch-events.ts';

/** The server ends a watch after this many seconds; it is then resumed. */
const WATCH_SECONDS = 290;

export interface WatchSink<Item> {
  /** The server has accepted the watch. */
  watching(): void;
  changed(item: Item): void;
  removed(item: Item): void;
}

/**
 * Runs one watch from `position.version`, which advances with the events. Resolves when the server ends it. Rejects
 * with `cluster.expired` if that version is too old, and with exceptions of the sink. The library's own Watch (2.0.1)
 * ends a watch that has no event for 30 seconds, drops the text of a server's error, and catches exceptions of its
 * callback.
 */
export async function watchOnce<Item extends NamedItem>(
  client: ApiClient,
  selection: Selection<Item>,
  position: { version: string },
  sink: WatchSink<Item>,
  signal: AbortSignal,
): Promise<void> {
  const request = selectionRequest(selection, 'watch');
  const watch = listOperation(client, selection, {
    watch: true,
    allowWatchBookmarks: true,
    resourceVersion: position.version,
    timeoutSeconds: WATCH_SECONDS,
  });
  const { body } = await client.watch(request, signal, watch);
  sink.watching();
  for await (const { type, object } of namedEvents(client, request, body, signal)) {
    if (type === 'ERROR') {
      const status = parseStatus(object, 500);
      throw statusError(status, client.place(request), request);
    }
    position.version = resourceVersionOf(object) ?? position.version;
    const item = type === 'BOOKMARK' ? undefined : selection.resource.parse(object);
    if (item === undefined) continue;
    if (type === 'DELETED') sink.removed(item);
    else sink.changed(item);
  }
}

/** The events, with connection errors converted; exceptions of their consumer are left as they are. */
async function* namedEvents(
  client: ApiClient,
  request: ApiRequest,
  body: HttpBody,
  signal: AbortSignal,
): AsyncGenerator<WatchEvent, void, void> {
  try {
    yield* watchEvents(body);
  } catch (error) {
    throw error instanceof WatchLineError
      ? clusterError('response-invalid', { ...client.place(request), reason: error.message })
      : client.named(error, request, signal);
  }
}
