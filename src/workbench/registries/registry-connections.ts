import type { AuditOptions } from '../../audit/audit.ts';
import type { ClusterAuditOptions, ClusterAuditReport } from '../../audit/cluster/cluster-audit.ts';
import type { ReadyOptions, ReadySubject } from '../../audit/cluster/ready.ts';
import type { ProvidedOptions } from '../../audit/provided-packages.ts';
import type { AuditReport } from '../../audit/report.ts';
import type { AuditTarget } from '../../audit/targets.ts';
import type { ProvidedPackage } from '../../packaging/conflicting-packages.ts';
import type { ConnectionSettings } from '../../oci/connection-settings.ts';
import { anonymous as nobody } from '../../oci/auth/credentials.ts';
import type { Credential, CredentialProvider } from '../../oci/auth/credentials.ts';
import type { Registries } from '../../oci/registries.ts';
import type { RegistryClient } from '../../oci/registry-client.ts';
import type { ServerCertificates } from '../../oci/inspect-certificate.ts';
import { Limiter } from '../../base/limiter.ts';
import type { Verdict } from '../../trust/gate.ts';
import type { RefusalOf } from '../../trust/verify-image.ts';
import { redactedReport } from '../audit/redacted-report.ts';
import { redactedError } from '../../base/serialized-error.ts';
import { parseDigest } from '../../oci/digest.ts';
import { isTag, parseRepository } from '../../oci/reference.ts';
import type { DigestReference, Repository } from '../../oci/reference.ts';
import type { InventoryPlace } from '../../carvel/inventory.ts';
import type { AttachedImage, BundleContents } from '../../carvel/contents.ts';
import type { ImageDocument } from '../../carvel/image-document.ts';
import type { ImageTarget } from '../../contract/targets.ts';
import type { Description } from '../../relocation/describe.ts';
import type { Inspection } from '../../carvel/inspect.ts';
import type * as registryApi from './registry-api.ts';
import type {
  BundleAuditor,
  CertificateReader,
  ContentReader,
  CredentialTester,
  MapReader,
  PageRequest,
  RegistryReader,
  TagRemover,
} from './registry-reader.ts';

/** Maximum number of attempts after a transient error. */
const MAX_RETRIES = 2;

/** Milliseconds for determining the size of a bundle. */
const SIZE_TIMEOUT = 20_000;

/** The exports of dist/registries.cjs. */
export type RegistryApi = typeof registryApi;

/**
 * The connections for one version of the settings. After they are replaced, they close when the last response has arrived.
 */
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
  readonly api: () => RegistryApi;
  readonly connection: () => ConnectionSettings;
  readonly credentials: CredentialProvider;
  /** The path of the policy that audits apply; absent or undefined for none. */
  readonly policy?: () => string | undefined;
  /** Removes secrets from a text. */
  readonly hide: (text: string) => string;
}

type Reader = RegistryReader &
  ContentReader &
  TagRemover &
  CredentialTester &
  CertificateReader &
  BundleAuditor &
  MapReader;

/** Provides access to registries with the current settings. The HTTP code is loaded on the first request. */
export class RegistryConnections implements Reader {
  readonly #options: RegistryConnectionsOptions;
  /** By digest of a bundle or index, whose size never changes. */
  readonly #sizes = new Map<string, number>();
  readonly #sizeLimit = new Limiter(1);
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
    const onlyThisCredential: CredentialProvider = () => Promise.resolve(credential);
    const connections = this.#connect(onlyThisCredential);
    try {
      return await this.#ask(connections, (registries) => registries.client(registry).authenticate(repository, signal));
    } finally {
      connections.retire();
    }
  }

  certificates(registry: string, signal: AbortSignal): Promise<ServerCertificates> {
    const { api, connection } = this.#options;
    return api().inspectCertificate(registry, connection(), signal);
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
    return this.#use(registry, (client) => this.#options.api().inspectReference(client, path, tagOrDigest, signal));
  }

  /** Reads each digest once, one at a time and for a limited time, because a bundle may have hundreds of images. */
  async wholeSize(registry: string, path: string, image: Inspection, signal: AbortSignal): Promise<number | undefined> {
    const { kind, digest, size } = image;
    if (kind !== 'bundle' && kind !== 'index') return size;
    const known = this.#sizes.get(digest);
    if (known !== undefined) return known;
    const stop = AbortSignal.any([signal, AbortSignal.timeout(SIZE_TIMEOUT)]);
    const place = toDigestReference(registry, path, digest);
    const whole = await this.#sizeLimit
      .run(stop, () => this.#useAll((registries) => this.#options.api().contentSize(registries, place, stop)))
      .catch(() => undefined);
    if (whole !== undefined) this.#sizes.set(digest, whole);
    return whole;
  }

  lock(registry: string, path: string, digest: string, signal: AbortSignal): Promise<BundleContents> {
    const place = toDigestReference(registry, path, digest);
    return this.#useAll((registries) => this.#options.api().readBundleContents(registries, place, signal));
  }

  async has(registry: string, path: string, digest: string, signal: AbortSignal): Promise<boolean> {
    return (await this.#use(registry, (client) => client.headManifest(path, digest, signal))) !== undefined;
  }

  attachments(registry: string, path: string, digest: string, signal: AbortSignal): Promise<AttachedImage[]> {
    const place = toDigestReference(registry, path, digest);
    return this.#useAll((registries) => this.#options.api().listAttachments(registries, place, signal));
  }

  document({ registry, path, tag, digest }: ImageTarget, what: ImageDocument, signal: AbortSignal): Promise<string> {
    const reference = digest ?? tag ?? 'latest';
    return this.#use(registry, (client) =>
      this.#options.api().readImageDocument(client, path, reference, what, signal),
    );
  }

  async digestOf(registry: string, path: string, tag: string, signal: AbortSignal): Promise<string> {
    // A GET, because the response to a failed HEAD contains no reason.
    return (await this.#use(registry, (client) => client.getManifest(path, tag, signal))).digest;
  }

  remove(registry: string, path: string, tagOrDigest: string, signal: AbortSignal): Promise<boolean> {
    return this.#useAll((registries) => registries.deleteManifest(registry, path, tagOrDigest, signal));
  }

  verify(
    { registry, path, tag, digest }: ImageTarget & { readonly digest: string },
    policy: string,
    signal: AbortSignal,
  ): Promise<Verdict> {
    const place = toDigestReference(registry, path, digest);
    return this.#useAll((registries) => this.#options.api().verifyImage(registries, place, { policy, tag }, signal));
  }

  describeWhole(reference: string, signal: AbortSignal): Promise<Description> {
    return this.#useAll((registries) => this.#options.api().describeWhole(reference, registries, signal));
  }

  async audit(target: AuditTarget, options: Omit<AuditOptions, 'registries'>): Promise<AuditReport> {
    const { api, hide } = this.#options;
    const report = await this.#useAll(async (registries) =>
      api().audit(target, { ...options, registries, refusalOf: await this.#policy(registries) }),
    );
    return redactedReport(report, hide);
  }

  async auditCluster(options: Omit<ClusterAuditOptions, 'registries' | 'anonymous'>): Promise<ClusterAuditReport> {
    const { api, hide } = this.#options;
    const report = await this.#useBoth(async (both) =>
      api().auditCluster({ ...options, ...both, refusalOf: await this.#policy(both.registries) }),
    );
    return { ...report, ...redactedReport(report, hide) };
  }

  async auditReady(
    subject: ReadySubject,
    options: Omit<ReadyOptions, 'registries' | 'anonymous'>,
  ): Promise<AuditReport> {
    const { api, hide } = this.#options;
    const report = await this.#useBoth(async (both) =>
      api().auditReady(subject, { ...options, ...both, refusalOf: await this.#policy(both.registries) }),
    );
    return redactedReport(report, hide);
  }

  /** The policy of this machine, if there is one. */
  async #policy(registries: Registries): Promise<RefusalOf | undefined> {
    const policy = this.#options.policy?.();
    return policy === undefined ? undefined : this.#options.api().openPolicy(registries, policy);
  }

  describe(reference: string, signal: AbortSignal): Promise<Description> {
    const attachments = { cosignSignatures: false, referrers: false };
    return this.#useAll((registries) =>
      this.#options.api().describeReference(reference, registries, attachments, signal),
    );
  }

  inventory(repository: Repository, signal: AbortSignal): Promise<InventoryPlace> {
    return this.#use(repository.registry, (client) =>
      this.#options.api().inventoryOfRepository(client, repository, signal),
    );
  }

  providedPackages(
    target: AuditTarget,
    options: Omit<ProvidedOptions, 'registries'>,
  ): Promise<readonly ProvidedPackage[] | undefined> {
    return this.#useAll((registries) => this.#options.api().providedPackages(target, { ...options, registries }));
  }

  /** Makes the next request use new settings and credentials; running requests are completed with the old ones. */
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

  /** Uses the registries with their credentials and without any. */
  async #useBoth<Result>(
    ask: (both: { registries: Registries; anonymous: Registries }) => Promise<Result>,
  ): Promise<Result> {
    const without = this.#connect(nobody);
    try {
      return await this.#useAll((registries) => without.use((anonymous) => ask({ registries, anonymous })));
    } finally {
      without.retire();
    }
  }

  #connect(credentials: CredentialProvider): Connections {
    const { api, connection } = this.#options;
    // The user is looking at the view, so an unreachable registry is reported rather than retried for long.
    const settings = { ...connection(), retryCount: MAX_RETRIES };
    return new Connections(api().createRegistries(settings, credentials, 'source'));
  }

  async #ask<Result>(connections: Connections, ask: (registries: Registries) => Promise<Result>): Promise<Result> {
    try {
      return await connections.use(ask);
    } catch (error) {
      throw redactedError(error, this.#options.hide);
    }
  }
}

function toDigestReference(registry: string, path: string, digest: string): DigestReference {
  return { registry, path, digest: parseDigest(digest, `${registry}/${path}`) };
}

/** Drops invalid names, which could not be used in a reference. */
function isRepository(registry: string, path: string): boolean {
  try {
    return parseRepository(`${registry}/${path}`).path === path;
  } catch {
    return false;
  }
}
