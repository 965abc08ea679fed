import { ByteReader } from '../base/byte-reader.ts';
import type { ConnectionSettings } from './connection-settings.ts';
import type { CredentialProvider, Side } from './credentials.ts';
import { deleteManifest } from './delete-manifest.ts';
import { HttpTransport } from './http/transport.ts';
import { RegistryClient } from './registry-client.ts';
import type { BlobStream, OpenBlobOptions } from './open-blob.ts';
import { RegistryConnection } from './registry-connection.ts';
import type { ConnectionListener } from './registry-connection.ts';
import { RegistryWriter } from './registry-writer.ts';

/** All registries that one side of a relocation, or a view, speaks to. */
export class Registries {
  readonly #settings: ConnectionSettings;
  readonly #credentials: CredentialProvider;
  readonly #side: Side;
  readonly #transport: HttpTransport;
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
    this.#transport = new HttpTransport(settings);
  }

  /** @param host host[:port] as in references */
  client(host: string): RegistryClient {
    return new RegistryClient(this.#connection(host));
  }

  writer(host: string): RegistryWriter {
    return new RegistryWriter(this.#connection(host));
  }

  /** See `deleteManifest`. */
  deleteManifest(host: string, path: string, tagOrDigest: string, signal: AbortSignal): Promise<boolean> {
    return deleteManifest(this.#connection(host), path, tagOrDigest, signal);
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
    options: OpenBlobOptions,
  ): Promise<BlobStream> {
    const { lane, signal, offset = 0 } = options;
    for (const text of urls) {
      const url = URL.canParse(text) ? new URL(text) : undefined;
      if (url?.protocol !== 'https:' || url.username !== '' || url.password !== '') continue;
      const response = await this.#transport.send({ method: 'GET', url, registry, headers: {}, lane, signal });
      if (response.status === 200) {
        const body = offset === 0 ? response.body : without(response.body, offset);
        return { body, where: `${url.origin}${url.pathname}` };
      }
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
        ...(this.#listener === undefined ? {} : { listener: this.#listener }),
      };
      connection = new RegistryConnection(host, options);
      this.#connections.set(host, connection);
    }
    return connection;
  }
}

async function* without(body: AsyncIterable<Uint8Array>, bytes: number): AsyncGenerator<Uint8Array> {
  const reader = new ByteReader(body);
  await reader.skip(bytes);
  yield* reader.take(Number.POSITIVE_INFINITY);
}

export function createRegistries(
  settings: ConnectionSettings,
  credentials: CredentialProvider,
  side: Side,
  listener?: ConnectionListener,
): Registries {
  return new Registries(settings, credentials, side, listener);
}
