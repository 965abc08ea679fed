import type { AuditOptions } from '../../audit/audit.ts';
import type { AuditReport } from '../../audit/report.ts';
import type { AuditTarget } from '../../audit/targets.ts';
import type { Inspection } from '../../carvel/inspect.ts';
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
}
