import type { AuditOptions } from '../../audit/audit.ts';
import type { ProvidedOptions } from '../../audit/provided-packages.ts';
import type { AuditReport } from '../../audit/report.ts';
import type { AuditTarget } from '../../audit/targets.ts';
import type { AttachedImage, BundleContents } from '../../carvel/contents.ts';
import type { ImageDocument } from '../../carvel/image-document.ts';
import type { Inspection } from '../../carvel/inspect.ts';
import type { ImageTarget } from '../../contract/targets.ts';
import type { ProvidedPackage } from '../../packaging/conflicting-packages.ts';
import type { Credential } from '../../oci/credentials.ts';
import type { ServerCertificates } from '../../oci/tls/inspect-certificate.ts';

export interface PageRequest {
  /** The last name of the page before. */
  readonly last?: string;
  readonly limit: number;
  readonly signal: AbortSignal;
}

/** What the view and the quick picks ask registries. Everything rejects with an AirgapError. */
export interface RegistryReader {
  /** Says what is wrong with a registry that does not answer as one. */
  ping(registry: string, signal: AbortSignal): Promise<void>;
  /** Says what is wrong with the credential that the registry is asked with. */
  authenticate(registry: string, signal: AbortSignal): Promise<void>;
  repositories(
    registry: string,
    page: PageRequest,
  ): Promise<{ readonly repositories: readonly string[]; readonly next?: string }>;
  tags(
    registry: string,
    path: string,
    page: PageRequest,
  ): Promise<{ readonly tags: readonly string[]; readonly next?: string }>;
  /** What a tag or digest names. */
  artifact(registry: string, path: string, tagOrDigest: string, signal: AbortSignal): Promise<Inspection>;
}

/** What is in an image and attached to it. Everything rejects with an AirgapError. */
export interface ContentReader {
  /** What a bundle's own lock names. */
  lock(registry: string, path: string, digest: string, signal: AbortSignal): Promise<BundleContents>;
  /** Whether a repository has a manifest. */
  has(registry: string, path: string, digest: string, signal: AbortSignal): Promise<boolean>;
  attachments(registry: string, path: string, digest: string, signal: AbortSignal): Promise<readonly AttachedImage[]>;
  /** A manifest, or the config of an image, as text. */
  document(image: ImageTarget, what: ImageDocument, signal: AbortSignal): Promise<string>;
}

export interface TagRemover {
  /** The digest that a tag points at now. */
  digestOf(registry: string, path: string, tag: string, signal: AbortSignal): Promise<string>;
  /** @returns false where the registry does not delete by tag */
  remove(registry: string, path: string, tagOrDigest: string, signal: AbortSignal): Promise<boolean>;
}

/** Looks at what a registry shows of itself before it is trusted. */
export interface CertificateReader {
  certificates(registry: string, signal: AbortSignal): Promise<ServerCertificates>;
}

/** Asks a registry with a credential, whatever else is known for it. */
export interface CredentialTester {
  /** @returns whether the registry wanted a credential at all */
  tryCredential(credential: Credential, registry: string, repository: string, signal: AbortSignal): Promise<boolean>;
}

export interface BundleAuditor {
  /** See audit/audit. */
  audit(target: AuditTarget, options: Omit<AuditOptions, 'registries'>): Promise<AuditReport>;
  /** See audit/provided-packages. */
  providedPackages(
    target: AuditTarget,
    options: Omit<ProvidedOptions, 'registries'>,
  ): Promise<readonly ProvidedPackage[] | undefined>;
}
