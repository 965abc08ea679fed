import type { ConnectionSettings } from './connection-settings.ts';
import type { CredentialProvider, Side } from './auth/credentials.ts';
import { deleteManifest, RegistryWriter } from './registry-writer.ts';
import { RegistryTransport } from './registry-transport.ts';
import type { Descriptor } from './manifest.ts';
import { RegistryClient } from './registry-client.ts';
import type { BlobStream, OpenBlobOptions } from './open-blob.ts';
import { openForeign } from './open-foreign.ts';
import { RegistryConnection } from './registry-connection.ts';
import type { ConnectionListener } from './registry-connection.ts';
import { AT_ONCE_NEAR } from './round-trips.ts';

/** All registries that one side of a relocation, or a view, connects to. */
export class Registries {
  readonly #settings: ConnectionSettings;
  readonly #credentials: CredentialProvider;
  readonly #side: Side;
  readonly #transport: RegistryTransport;
  readonly #listener: ConnectionListener | undefined;
  readonly #connections = new Map<string, RegistryConnection>();

  constructor(
    settings: ConnectionSettings,
    credentials: CredentialProvider,
    side: Side,
    listener?: ConnectionListener,
  ) {
    this.#settings = settings;
    this.#credentials = credentials;
    this.#side = side;
    this.#listener = listener;
    this.#transport = new RegistryTransport(settings);
  }

  /** @param host host[:port] as in references */
  client(host: string): RegistryClient {
    return new RegistryClient(this.#connection(host));
  }

  writer(host: string): RegistryWriter {
    return new RegistryWriter(this.#connection(host));
  }

  /** How many small requests should be sent at once: as many as the most distant of the registries takes. */
  get atOnce(): number {
    return Math.max(AT_ONCE_NEAR, ...[...this.#connections.values()].map(({ atOnce }) => atOnce));
  }

  /** See `deleteManifest`. */
  deleteManifest(host: string, path: string, tagOrDigest: string, signal: AbortSignal): Promise<boolean> {
    return deleteManifest(this.#connection(host), path, tagOrDigest, signal);
  }

  /**
   * See `openForeign`.
   * @param host host[:port] of the registry whose manifest names the layer
   */
  openForeign(
    host: string,
    descriptor: Pick<Descriptor, 'digest' | 'size' | 'urls'>,
    refusal: Error,
    options: OpenBlobOptions,
  ): Promise<BlobStream> {
    return openForeign(this.#transport, this.#connection(host), descriptor, refusal, options);
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
        ...(this.#listener === undefined ? {} : { listener: this.#listener }),
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
  listener?: ConnectionListener,
): Registries {
  return new Registries(settings, credentials, side, listener);
}
