import type { AuditOptions } from '../../audit/audit.ts';
import type { ClusterAuditOptions, ClusterAuditReport } from '../../audit/cluster/cluster-audit.ts';
import type { ReadyOptions, ReadySubject } from '../../audit/cluster/ready.ts';
import type { ProvidedOptions } from '../../audit/provided-packages.ts';
import type { AuditReport } from '../../audit/report.ts';
import type { AuditTarget } from '../../audit/targets.ts';
import type { AttachedImage, BundleContents } from '../../carvel/contents.ts';
import type { ImageDocument } from '../../carvel/image-document.ts';
import type { Inspection } from '../../carvel/inspect.ts';
import type { ImageTarget } from '../../contract/targets.ts';
import type { ProvidedPackage } from '../../packaging/conflicting-packages.ts';
import type { Credential } from '../../oci/auth/credentials.ts';
import type { ServerCertificates } from '../../oci/inspect-certificate.ts';
import type { Description } from '../../relocation/describe.ts';
import type { Verdict } from '../../trust/gate.ts';

export interface PageRequest {
  /** The last name of the previous page. */
  readonly last?: string;
  readonly limit: number;
  readonly signal: AbortSignal;
}

/** Requests for the view and the quick picks. All methods reject with an AirgapError. */
export interface RegistryReader {
  /** Rejects if the host does not respond as a registry. */
  ping(registry: string, signal: AbortSignal): Promise<void>;
  /** Rejects if the registry does not accept the current credential. */
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
  /** Resolves a tag or digest. */
  artifact(registry: string, path: string, tagOrDigest: string, signal: AbortSignal): Promise<Inspection>;
  /** Size of an image in bytes, with the images of a bundle or index; undefined if it cannot be determined. */
  wholeSize(registry: string, path: string, image: Inspection, signal: AbortSignal): Promise<number | undefined>;
}

/** Requests for the content and attachments of an image. All methods reject with an AirgapError. */
export interface ContentReader {
  /** The images in the lock of a bundle. */
  lock(registry: string, path: string, digest: string, signal: AbortSignal): Promise<BundleContents>;
  /** Whether a repository contains a manifest. */
  has(registry: string, path: string, digest: string, signal: AbortSignal): Promise<boolean>;
  attachments(registry: string, path: string, digest: string, signal: AbortSignal): Promise<readonly AttachedImage[]>;
  /** Returns a manifest, or the config of an image, as text. */
  document(image: ImageTarget, what: ImageDocument, signal: AbortSignal): Promise<string>;
}

export interface MapReader {
  /** See map/describe-whole.ts. */
  describeWhole(reference: string, signal: AbortSignal): Promise<Description>;
}

export interface SignatureVerifier {
  /** See trust/verify-image.ts. */
  verify(image: ImageTarget & { readonly digest: string }, policy: string, signal: AbortSignal): Promise<Verdict>;
}

export interface TagRemover {
  /** The digest to which a tag currently points. */
  digestOf(registry: string, path: string, tag: string, signal: AbortSignal): Promise<string>;
  /** @returns false if the registry does not support deleting a tag */
  remove(registry: string, path: string, tagOrDigest: string, signal: AbortSignal): Promise<boolean>;
}

/** Reads the certificates of a registry before they are trusted. */
export interface CertificateReader {
  certificates(registry: string, signal: AbortSignal): Promise<ServerCertificates>;
}

/** Tests a credential without considering any other known one. */
export interface CredentialTester {
  /** @returns whether the registry required a credential */
  tryCredential(credential: Credential, registry: string, repository: string, signal: AbortSignal): Promise<boolean>;
}

export interface BundleAuditor {
  /** See audit/audit.ts. */
  audit(target: AuditTarget, options: Omit<AuditOptions, 'registries'>): Promise<AuditReport>;
  /** See audit/cluster/cluster-audit.ts. */
  auditCluster(options: Omit<ClusterAuditOptions, 'registries' | 'anonymous'>): Promise<ClusterAuditReport>;
  /** See audit/cluster/ready.ts. */
  auditReady(subject: ReadySubject, options: Omit<ReadyOptions, 'registries' | 'anonymous'>): Promise<AuditReport>;
  /** See audit/provided-packages.ts. */
  providedPackages(
    target: AuditTarget,
    options: Omit<ProvidedOptions, 'registries'>,
  ): Promise<readonly ProvidedPackage[] | undefined>;
}
