import type { AuditOptions } from '../../audit/audit.ts';
import type { AuditReport } from '../../audit/report.ts';
import type { AuditTarget } from '../../audit/targets.ts';
import type { ConnectionSettings } from '../../oci/connection-settings.ts';
import type { CredentialProvider } from '../../oci/credentials.ts';
import type { Registries } from '../../oci/registries.ts';
import type { RegistryClient } from '../../oci/registry-client.ts';
import { isTag, parseRepository } from '../../oci/reference.ts';
import type { Inspection } from '../../carvel/inspect.ts';
import type * as room from './registry-room.ts';
import type { BundleAuditor, PageRequest, RegistryReader } from './registry-reader.ts';

/** What dist/registries.cjs exports. */
export type RegistryRoom = typeof room;

/** Connections made with one set of settings; they end when those are retired and the last answer has come. */
class Connections {
  readonly #registries: Registries;
  #users = 0;
  #retired = false;

  constructor(registries: Registries) {
    this.#registries = registries;
  }

  async use<Result>(ask: (registries: Registries) => Promise<Result>): Promise<Result> {
    this.#users++;
    try {
      return await ask(this.#registries);
    } finally {
      this.#users--;
      this.#closeIfIdle();
    }
  }

  retire(): void {
    this.#retired = true;
    this.#closeIfIdle();
  }

  #closeIfIdle(): void {
    if (this.#retired && this.#users === 0) void this.#registries.close();
  }
}

/** The registries as the settings say they are reached. What speaks HTTP is loaded with the first question. */
export class RegistryConnections implements RegistryReader, BundleAuditor {
  readonly #room: () => RegistryRoom;
  readonly #connection: () => ConnectionSettings;
  readonly #credentials: CredentialProvider;
  #connections: Connections | undefined;

  constructor(room: () => RegistryRoom, connection: () => ConnectionSettings, credentials: CredentialProvider) {
    this.#room = room;
    this.#connection = connection;
    this.#credentials = credentials;
  }

  ping(registry: string, signal: AbortSignal): Promise<void> {
    return this.#use(registry, (client) => client.ping(signal));
  }

  async repositories(registry: string, page: PageRequest): Promise<{ repositories: string[]; next?: string }> {
    const { repositories, ...next } = await this.#use(registry, (client) => client.catalog(page));
    return { repositories: repositories.filter((path) => isRepository(registry, path)), ...next };
  }

  async tags(registry: string, path: string, page: PageRequest): Promise<{ tags: string[]; next?: string }> {
    const { tags, ...next } = await this.#use(registry, (client) => client.tags(path, page));
    return { tags: tags.filter(isTag), ...next };
  }

  artifact(registry: string, path: string, tagOrDigest: string, signal: AbortSignal): Promise<Inspection> {
    return this.#use(registry, (client) => this.#room().inspectReference(client, path, tagOrDigest, signal));
  }

  audit(target: AuditTarget, options: Omit<AuditOptions, 'registries'>): Promise<AuditReport> {
    return this.#useAll((registries) => this.#room().audit(target, { ...options, registries }));
  }

  /** The next question is asked with new settings or credentials; those that are under way come to their end. */
  reset(): void {
    this.#connections?.retire();
    this.#connections = undefined;
  }

  dispose(): void {
    this.reset();
  }

  #use<Result>(registry: string, ask: (client: RegistryClient) => Promise<Result>): Promise<Result> {
    return this.#useAll((registries) => ask(registries.client(registry)));
  }

  async #useAll<Result>(ask: (registries: Registries) => Promise<Result>): Promise<Result> {
    this.#connections ??= new Connections(
      this.#room().createRegistries(this.#connection(), this.#credentials, 'source'),
    );
    return this.#connections.use(ask);
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
