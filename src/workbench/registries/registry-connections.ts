import type { ConnectionSettings } from '../../oci/connection-settings.ts';
import type { CredentialProvider } from '../../oci/credentials.ts';
import type { Registries } from '../../oci/registries.ts';
import type { RegistryClient } from '../../oci/registry-client.ts';
import { isTag, parseRepository } from '../../oci/reference.ts';
import type { Inspection } from '../../carvel/inspect.ts';
import type * as room from './registry-room.ts';
import type { PageRequest, RegistryReader } from './registry-reader.ts';

/** What dist/registries.cjs exports. */
export type RegistryRoom = typeof room;

/** The registries as the settings say they are reached. What speaks HTTP is loaded with the first question. */
export class RegistryConnections implements RegistryReader {
  readonly #room: () => RegistryRoom;
  readonly #connection: () => ConnectionSettings;
  readonly #credentials: CredentialProvider;
  #registries: Registries | undefined;

  constructor(room: () => RegistryRoom, connection: () => ConnectionSettings, credentials: CredentialProvider) {
    this.#room = room;
    this.#connection = connection;
    this.#credentials = credentials;
  }

  async ping(registry: string, signal: AbortSignal): Promise<void> {
    await this.#client(registry).ping(signal);
  }

  async repositories(registry: string, page: PageRequest): Promise<{ repositories: string[]; next?: string }> {
    const { repositories, ...next } = await this.#client(registry).catalog(page);
    return { repositories: repositories.filter((path) => isRepository(registry, path)), ...next };
  }

  async tags(registry: string, path: string, page: PageRequest): Promise<{ tags: string[]; next?: string }> {
    const { tags, ...next } = await this.#client(registry).tags(path, page);
    return { tags: tags.filter(isTag), ...next };
  }

  async artifact(registry: string, path: string, tagOrDigest: string, signal: AbortSignal): Promise<Inspection> {
    return this.#room().inspectReference(this.#client(registry), path, tagOrDigest, signal);
  }

  /** Lets go of all connections, so that the next question is asked with new settings or credentials. */
  async reset(): Promise<void> {
    const registries = this.#registries;
    this.#registries = undefined;
    await registries?.close();
  }

  dispose(): void {
    void this.reset();
  }

  #client(registry: string): RegistryClient {
    this.#registries ??= this.#room().createRegistries(this.#connection(), this.#credentials, 'source');
    return this.#registries.client(registry);
  }
}

/** A name that could not be put into a reference is of no use to anyone. */
function isRepository(registry: string, path: string): boolean {
  try {
    return parseRepository(`${registry}/${path}`).path === path;
  } catch {
    return false;
  }
}
