import { StringDecoder } from 'node:string_decoder';
import { record, text } from '../base/json.ts';

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
