import { StringDecoder } from 'node:string_decoder';
import { abortError } from '../base/errors.ts';
import { record, text } from '../base/json.ts';
import type { HttpBody } from '../net/http/response-body.ts';
import type { ApiClient, ApiRequest } from './api-client.ts';
import { clusterError } from './errors.ts';
import { listOperation, selectionRequest } from './list.ts';
import type { Selection } from './list.ts';
import type { NamedItem } from './resources.ts';
import { parseStatus, statusError } from './status-errors.ts';

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
  if (signal.aborted) throw abortError();
  const connection = new AbortController();
  const { body } = await opened(client.watch(request, connection.signal, watch), connection, signal);
  const close = (): void => connection.abort();
  signal.addEventListener('abort', close, { once: true });
  if (signal.aborted) close();
  try {
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
  } finally {
    signal.removeEventListener('abort', close);
  }
}

/**
 * The response to a watch. If the signal aborts before it begins, this rejects at once, but the connection is closed
 * only when it has begun: the API for Packages of kapp-controller 0.53 (`TranslationWatcher.proxyEvents`) crashes, and
 * with it the whole of kapp-controller, if a watch of its own is canceled while it is being started.
 */
function opened<Response>(
  opening: Promise<Response>,
  connection: AbortController,
  signal: AbortSignal,
): Promise<Response> {
  return new Promise((resolve, reject) => {
    const giveUp = (): void => reject(abortError());
    signal.addEventListener('abort', giveUp, { once: true });
    opening.then(
      (response) => {
        signal.removeEventListener('abort', giveUp);
        if (signal.aborted) connection.abort();
        else resolve(response);
      },
      (error: unknown) => {
        signal.removeEventListener('abort', giveUp);
        reject(error);
      },
    );
  });
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

/** One line of a watch (Kubernetes API concepts, "Efficient detection of changes"). */
export interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: unknown;
}

const TYPES = ['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK', 'ERROR'] as const;
/** etcd rejects objects larger than 1.5 MiB, so a line longer than this does not come from an API server. */
const LONGEST_LINE = 16 * 1024 * 1024;

/** The line is not a watch event: the events before it have been delivered, those after it are lost. */
export class WatchLineError extends Error {
  override readonly name = 'WatchLineError';
}

/** The events in a watch's body, until it ends. */
export async function* watchEvents(body: AsyncIterable<Uint8Array>): AsyncGenerator<WatchEvent, void, void> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  for await (const chunk of body) {
    const lines = (rest + decoder.write(chunk)).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > LONGEST_LINE) throw new WatchLineError('a line of the watch has no end');
    for (const line of lines) if (line.trim() !== '') yield parseEvent(line);
  }
  // Each event ends with a newline; a last one without is complete too if the response ended properly.
  rest += decoder.end();
  if (rest.trim() !== '') yield parseEvent(rest);
}

export function resourceVersionOf(object: unknown): string | undefined {
  return text(record(record(object)['metadata'])['resourceVersion']);
}

function parseEvent(line: string): WatchEvent {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw new WatchLineError('a line of the watch is not JSON');
  }
  const event = record(value);
  const type = TYPES.find((known) => known === event['type']);
  if (type === undefined) throw new WatchLineError('a line of the watch is not an event');
  return { type, object: event['object'] };
}
