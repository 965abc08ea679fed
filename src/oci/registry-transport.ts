import type { LookupFunction } from 'node:net';

import { isServer } from '../net/http/host.ts';
import { HttpTransport } from '../net/http/transport.ts';
import type { HttpRequest, HttpResponse } from '../net/http/message.ts';
import { networkSettings } from './connection-settings.ts';
import type { ConnectionSettings } from './connection-settings.ts';
import { registryError } from './network-errors.ts';
import { addressOf } from './reference.ts';

export interface RegistryHttpRequest extends Omit<HttpRequest, 'onBehalfOf' | 'toError'> {
  /** host[:port], as in references, of the registry on whose behalf it is sent: the URL may be that of a server it leads to. */
  readonly registry: string;
}

/** HTTP on behalf of registries: knows their addresses, and turns errors of the network into errors about registries. */
export class RegistryTransport {
  readonly #http: HttpTransport;

  /** @param lookup resolves host names; by default as the system does */
  constructor(settings: ConnectionSettings, lookup?: LookupFunction) {
    this.#http = new HttpTransport(networkSettings(settings), lookup);
  }

  /** @throws an AirgapError that names host, step and cause, or an AbortError; the latter also once it is closed */
  send({ registry, ...request }: RegistryHttpRequest): Promise<HttpResponse> {
    const onBehalfOf = addressOf(registry);
    const context = { registry, isNamed: !isServer(onBehalfOf, request.url) };
    return this.#http.send({ ...request, onBehalfOf, toError: (error) => registryError(error, context) });
  }

  /** Ends all connections at once. No new one is made after that. */
  close(): Promise<void> {
    return this.#http.close();
  }
}
