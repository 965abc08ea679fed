import type { AuditOptions } from '../../audit/audit.ts';
import type { AuditReport } from '../../audit/report.ts';
import type { AuditTarget } from '../../audit/targets.ts';
import type { ConnectionSettings } from '../../oci/connection-settings.ts';
import type { Credential, CredentialProvider } from '../../oci/credentials.ts';
import type { Registries } from '../../oci/registries.ts';
import type { RegistryClient } from '../../oci/registry-client.ts';
import type { ServerCertificates } from '../../oci/tls/inspect-certificate.ts';
import { redactedReport } from '../audit/redacted-report.ts';
import { redactedError } from '../errors/redacted-error.ts';
import { isTag, parseRepository } from '../../oci/reference.ts';
import type { Inspection } from '../../carvel/inspect.ts';
import type * as room from './registry-room.ts';
import type {
  BundleAuditor,
  CertificateReader,
  CredentialTester,
  PageRequest,
  RegistryReader,
} from './registry-reader.ts';

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

export interface RegistryConnectionsOptions {
  readonly room: () => RegistryRoom;
  readonly connection: () => ConnectionSettings;
  readonly credentials: CredentialProvider;
  /** Takes secrets out of a text. */
  readonly hide: (text: string) => string;
}

/** The registries as the settings say they are reached. What speaks HTTP is loaded with the first question. */
export class RegistryConnections implements RegistryReader, CredentialTester, CertificateReader, BundleAuditor {
  readonly #options: RegistryConnectionsOptions;
  #connections: Connections | undefined;

  constructor(options: RegistryConnectionsOptions) {
    this.#options = options;
  }

  ping(registry: string, signal: AbortSignal): Promise<void> {
    return this.#use(registry, (client) => client.ping(signal));
  }

  async authenticate(registry: string, signal: AbortSignal): Promise<void> {
    await this.#use(registry, (client) => client.authenticate('', signal));
  }

  async tryCredential(
    credential: Credential,
    registry: string,
    repository: string,
    signal: AbortSignal,
  ): Promise<boolean> {
    const alone: CredentialProvider = () => Promise.resolve(credential);
    const connections = this.#connect(alone);
    try {
      return await this.#ask(connections, (registries) => registries.client(registry).authenticate(repository, signal));
    } finally {
      connections.retire();
    }
  }

  certificates(registry: string, signal: AbortSignal): Promise<ServerCertificates> {
    const { room, connection } = this.#options;
    return room().inspectCertificate(registry, connection(), signal);
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
    return this.#use(registry, (client) => this.#options.room().inspectReference(client, path, tagOrDigest, signal));
  }

  async audit(target: AuditTarget, options: Omit<AuditOptions, 'registries'>): Promise<AuditReport> {
    const { room, hide } = this.#options;
    const report = await this.#useAll((registries) => room().audit(target, { ...options, registries }));
    return redactedReport(report, hide);
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
    this.#connections ??= this.#connect(this.#options.credentials);
    return this.#ask(this.#connections, ask);
  }

  #connect(credentials: CredentialProvider): Connections {
    const { room, connection } = this.#options;
    return new Connections(room().createRegistries(connection(), credentials, 'source'));
  }

  async #ask<Result>(connections: Connections, ask: (registries: Registries) => Promise<Result>): Promise<Result> {
    try {
      return await connections.use(ask);
    } catch (error) {
      throw redactedError(error, this.#options.hide);
    }
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
