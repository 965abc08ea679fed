import type { ConnectionSettings } from '../../oci/connection-settings.ts';
import type { CredentialProvider } from '../../oci/credentials.ts';
import type { Registries } from '../../oci/registries.ts';
import type { RegistryClient } from '../../oci/registry-client.ts';
import { isTag, parseRepository } from '../../oci/reference.ts';
import type { Inspection } from '../../carvel/inspect.ts';
import type { PageRequest, RegistryReader } from './registry-reader.ts';

/** The registries as the settings say they are reached. What speaks HTTP is loaded with the first question. */
export class RegistryConnections implements RegistryReader {
  readonly #connection: () => ConnectionSettings;
  readonly #credentials: CredentialProvider;
  #registries: Promise<Registries> | undefined;

  constructor(connection: () => ConnectionSettings, credentials: CredentialProvider) {
    this.#connection = connection;
    this.#credentials = credentials;
  }

  async ping(registry: string, signal: AbortSignal): Promise<void> {
    await (await this.#client(registry)).ping(signal);
  }

  async repositories(registry: string, page: PageRequest): Promise<{ repositories: string[]; next?: string }> {
    const { repositories, ...next } = await (await this.#client(registry)).catalog(page);
    return { repositories: repositories.filter((path) => isRepository(registry, path)), ...next };
  }

  async tags(registry: string, path: string, page: PageRequest): Promise<{ tags: string[]; next?: string }> {
    const { tags, ...next } = await (await this.#client(registry)).tags(path, page);
    return { tags: tags.filter(isTag), ...next };
  }

  async artifact(registry: string, path: string, tagOrDigest: string, signal: AbortSignal): Promise<Inspection> {
    const [client, { inspectReference }] = await Promise.all([
      this.#client(registry),
      import('../../carvel/inspect.ts'),
    ]);
    return inspectReference(client, path, tagOrDigest, signal);
  }

  /** Lets go of all connections, so that the next question is asked with new settings or credentials. */
  async reset(): Promise<void> {
    const registries = this.#registries;
    this.#registries = undefined;
    await (await registries)?.close();
  }

  dispose(): void {
    void this.reset();
  }

  async #client(registry: string): Promise<RegistryClient> {
    this.#registries ??= this.#connect();
    return (await this.#registries).client(registry);
  }

  async #connect(): Promise<Registries> {
    const { createRegistries } = await import('../../oci/registries.ts');
    return createRegistries(this.#connection(), this.#credentials, 'source');
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
