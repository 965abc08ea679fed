import type { ConnectionListener } from '../oci/registry-connection.ts';
import { retryEvent } from './events.ts';
import type { RelocationEvent, RelocationListener } from './events.ts';

/**
 * Forwards connection events to the current listener, because connections opened for planning are reused by the run.
 */
export class EventRelay {
  listener: RelocationListener;

  constructor(listener: RelocationListener) {
    this.listener = listener;
  }

  get connections(): ConnectionListener {
    const emit = (event: RelocationEvent) => this.listener(event);
    return {
      pause: (host, seconds) => emit({ type: 'pause', host, seconds }),
      retry: (error, attempt, milliseconds) =>
        emit(retryEvent(String(error.args['step'] ?? ''), error, attempt, milliseconds)),
    };
  }
}
