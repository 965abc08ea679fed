import type { ConnectionListener } from '../oci/registry-connection.ts';
import type { RelocationEvent, RelocationListener } from './events.ts';

/** Hands what connections tell to whoever listens now: they are made when a plan is, and used on while it runs. */
export class EventRelay {
  /** Told from now on. */
  listener: RelocationListener;

  constructor(listener: RelocationListener) {
    this.listener = listener;
  }

  get connections(): ConnectionListener {
    const tell = (event: RelocationEvent) => this.listener(event);
    return {
      pause: (host, seconds) => tell({ type: 'pause', host, seconds }),
      retry: (error, attempt) =>
        tell({ type: 'retry', what: String(error.args['step'] ?? ''), reason: error.message, attempt }),
    };
  }
}
