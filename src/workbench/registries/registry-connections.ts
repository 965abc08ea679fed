import type { AuditOptions } from '../../audit/audit.ts';
import type { ProvidedOptions } from '../../audit/provided-packages.ts';
import type { AuditReport } from '../../audit/report.ts';
import type { AuditTarget } from '../../audit/targets.ts';
import type { ProvidedPackage } from '../../packaging/conflicting-packages.ts';
import type { ConnectionSettings } from '../../oci/connection-settings.ts';
import type { Credential, CredentialProvider } from '../../oci/credentials.ts';
import type { Registries } from '../../oci/registries.ts';
import type { RegistryClient } from '../../oci/registry-client.ts';
import type { ServerCertificates } from '../../oci/tls/inspect-certificate.ts';
import { redactedReport } from '../audit/redacted-report.ts';
import { redactedError } from '../errors/redacted-error.ts';
import { parseDigest } from '../../oci/digest.ts';
import { isTag, parseRepository } from '../../oci/reference.ts';
import type { DigestReference } from '../../oci/reference.ts';
import type { AttachedImage, BundleContents } from '../../carvel/contents.ts';
import type { ImageDocument } from '../../carvel/image-document.ts';
import type { ImageTarget } from '../../contract/targets.ts';
import type { Inspection } from '../../carvel/inspect.ts';
import type * as room from './registry-room.ts';
import type {
  BundleAuditor,
  CertificateReader,
  ContentReader,
  CredentialTester,
  PageRequest,
  RegistryReader,
  TagRemover,
} from './registry-reader.ts';

/** How often a question is asked while it fails for a passing reason. */
const LOOKS = 2;

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

type Reader = RegistryReader & ContentReader & TagRemover & CredentialTester & CertificateReader & BundleAuditor;

/** The registries as the settings say they are reached. What speaks HTTP is loaded with the first question. */
export class RegistryConnections implements Reader {
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

  lock(registry: string, path: string, digest: string, signal: AbortSignal): Promise<BundleContents> {
    const place = toPlace(registry, path, digest);
    return this.#useAll((registries) => this.#options.room().readBundleContents(registries, place, signal));
  }

  async has(registry: string, path: string, digest: string, signal: AbortSignal): Promise<boolean> {
    return (await this.#use(registry, (client) => client.headManifest(path, digest, signal))) !== undefined;
  }

  attachments(registry: string, path: string, digest: string, signal: AbortSignal): Promise<AttachedImage[]> {
    const place = toPlace(registry, path, digest);
    return this.#useAll((registries) => this.#options.room().listAttachments(registries, place, signal));
  }

  document({ registry, path, tag, digest }: ImageTarget, what: ImageDocument, signal: AbortSignal): Promise<string> {
    const reference = digest ?? tag ?? 'latest';
    return this.#use(registry, (client) =>
      this.#options.room().readImageDocument(client, path, reference, what, signal),
    );
  }

  async digestOf(registry: string, path: string, tag: string, signal: AbortSignal): Promise<string> {
    // Not HEAD: a refusal of that has no reason in it.
    return (await this.#use(registry, (client) => client.getManifest(path, tag, signal))).digest;
  }

  remove(registry: string, path: string, tagOrDigest: string, signal: AbortSignal): Promise<boolean> {
    return this.#useAll((registries) => registries.deleteManifest(registry, path, tagOrDigest, signal));
  }

  async audit(target: AuditTarget, options: Omit<AuditOptions, 'registries'>): Promise<AuditReport> {
    const { room, hide } = this.#options;
    const report = await this.#useAll((registries) => room().audit(target, { ...options, registries }));
    return redactedReport(report, hide);
  }

  providedPackages(
    target: AuditTarget,
    options: Omit<ProvidedOptions, 'registries'>,
  ): Promise<readonly ProvidedPackage[] | undefined> {
    return this.#useAll((registries) => this.#options.room().providedPackages(target, { ...options, registries }));
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
    // Somebody is looking at the view: a registry that is away is told as such, not waited for.
    const settings = { ...connection(), retryCount: LOOKS };
    return new Connections(room().createRegistries(settings, credentials, 'source'));
  }

  async #ask<Result>(connections: Connections, ask: (registries: Registries) => Promise<Result>): Promise<Result> {
    try {
      return await connections.use(ask);
    } catch (error) {
      throw redactedError(error, this.#options.hide);
    }
  }
}

function toPlace(registry: string, path: string, digest: string): DigestReference {
  return { registry, path, digest: parseDigest(digest, `${registry}/${path}`) };
}

/** A name that could not be put into a reference is of no use to anyone. */
function isRepository(registry: string, path: string): boolean {
  try {
    return parseRepository(`${registry}/${path}`).path === path;
  } catch {
    return false;
  }
}
