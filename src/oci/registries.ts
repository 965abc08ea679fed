import type { ConnectionSettings } from './connection-settings.ts';
import type { CredentialProvider, Side } from './credentials.ts';
import { HttpTransport } from './http/transport.ts';
import { RegistryClient } from './registry-client.ts';
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
