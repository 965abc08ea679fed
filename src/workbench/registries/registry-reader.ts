import type { AuditOptions } from '../../audit/audit.ts';
import type { AuditReport } from '../../audit/report.ts';
import type { AuditTarget } from '../../audit/targets.ts';
import type { Inspection } from '../../carvel/inspect.ts';

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

export interface BundleAuditor {
  /** See audit/audit. */
  audit(target: AuditTarget, options: Omit<AuditOptions, 'registries'>): Promise<AuditReport>;
}
