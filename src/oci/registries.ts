import type { ConnectionSettings } from './connection-settings.ts';
import type { CredentialProvider, Side } from './credentials.ts';
import { HttpTransport } from './http/transport.ts';
import type { Lane } from './http/transport.ts';
import { RegistryClient } from './registry-client.ts';
import type { BlobStream } from './registry-client.ts';
import { RegistryConnection } from './registry-connection.ts';
import { RegistryWriter } from './registry-writer.ts';

/** All registries that one side of a relocation, or a view, speaks to. */
export class Registries {
  readonly #settings: ConnectionSettings;
  readonly #credentials: CredentialProvider;
  readonly #side: Side;
  readonly #transport: HttpTransport;
  readonly #connections = new Map<string, RegistryConnection>();

  constructor(settings: ConnectionSettings, credentials: CredentialProvider, side: Side) {
    this.#settings = settings;
    this.#credentials = credentials;
    this.#side = side;
    this.#transport = new HttpTransport(settings);
  }

  /** @param host host[:port] as in references */
  client(host: string): RegistryClient {
    return new RegistryClient(this.#connection(host));
  }

  writer(host: string): RegistryWriter {
    return new RegistryWriter(this.#connection(host));
  }

  /**
   * Opens a non-distributable layer at one of the URLs that its descriptor names: without credentials, by https only.
   * @param registry host[:port] of the registry whose manifest it is
   * @param missing what the registry said; thrown where no URL has it
   */
  async openForeign(
    registry: string,
    urls: readonly string[],
    missing: Error,
    lane: Lane,
    signal: AbortSignal,
  ): Promise<BlobStream> {
    for (const text of urls) {
      const url = URL.canParse(text) ? new URL(text) : undefined;
      if (url?.protocol !== 'https:' || url.username !== '' || url.password !== '') continue;
      const response = await this.#transport.send({ method: 'GET', url, registry, headers: {}, lane, signal });
      if (response.status === 200) return { body: response.body, where: `${url.origin}${url.pathname}` };
      await response.body.discard();
    }
    throw missing;
  }

  close(): Promise<void> {
    return this.#transport.close();
  }

  #connection(host: string): RegistryConnection {
    let connection = this.#connections.get(host);
    if (connection === undefined) {
      const options = {
        settings: this.#settings,
        transport: this.#transport,
        credentials: this.#credentials,
        side: this.#side,
      };
      connection = new RegistryConnection(host, options);
      this.#connections.set(host, connection);
    }
    return connection;
  }
}

export function createRegistries(
  settings: ConnectionSettings,
  credentials: CredentialProvider,
  side: Side,
): Registries {
  return new Registries(settings, credentials, side);
}
