import type { Bandwidth } from '../base/bandwidth.ts';
import type { VerifyOptions } from '../carvel/archive/verification.ts';
import type { ConnectionSettings } from '../oci/connection-settings.ts';
import type { CredentialProvider } from '../oci/auth/credentials.ts';
import type { AskPassword } from '../trust/signer.ts';
import type { ExportVerification } from './archive/signed-export.ts';
import type { RelocationListener } from './events.ts';
import type { ShareSize, StoredJobPlan } from './job/job-plan.ts';
import type { PackageListing } from './packages/package-listing.ts';
import type { PlanSummary } from './plan/plan-summary.ts';
import type { SentBlobs } from './registry/sent-blobs.ts';
import type { RelocationReport } from './report/report.ts';
import type { PackageSource, PlanDepth, RelocationDestinationSpec, RelocationRequest } from './request/request.ts';

/** What an engine needs from its host. */
export interface EngineEnvironment {
  readonly connection: ConnectionSettings;
  readonly credentials: CredentialProvider;
  /** Folder in which interrupted relocations are recorded; undefined to record nothing. */
  readonly stateFolder?: string | undefined;
  /** Bandwidth budget shared with other engines; by default each engine has its own. */
  readonly bandwidth?: Bandwidth;
  /** Blobs that other engines have sent; by default each engine remembers its own. */
  readonly sent?: SentBlobs;
  /**
   * Files with keys, one of which must have signed what is read from tars, layouts, receipts and inventories (see
   * checkSignature). Empty or absent if none has to.
   */
  readonly requireSignature?: readonly string[] | undefined;
  /** Asks for the password of a key that signs an export. */
  readonly askPassword?: AskPassword | undefined;
  /** Milliseconds between two progress events; the default suits a terminal. */
  readonly progressInterval?: number;
}

export interface EngineOptions {
  readonly signal: AbortSignal;
  /** Ends a run like `signal`, but only after what is in transit has arrived; `signal` still ends it at once. */
  readonly pause?: AbortSignal | undefined;
  readonly onEvent?: RelocationListener;
}

export interface RunOptions extends EngineOptions {
  /** For an import: the file to which its receipt is written. */
  readonly receipt?: string | undefined;
}

/** A plan that can be run once. Everything read for planning is kept until then and not read again. */
export interface PlannedRelocation {
  readonly view: PlanSummary;
  /**
   * Executes the plan. Resolves to a report, or rejects with an AirgapError, or with an AbortError within a second of
   * the signal; after a rejection the destination has no user tag and no locations tag of this relocation.
   */
  run(options: RunOptions): Promise<RelocationReport>;
  /**
   * Stores a plan between registries at its destination, for the pods of a Job: its blobs in at most so many shares.
   * @throws trust.… if the policy does not admit an image, and the errors of writing to a registry
   */
  storeJobPlan(pods: number, signal: AbortSignal): Promise<StoredJobPlan>;
  /** How many of the blobs to copy are at the destination by now, whoever has sent them. */
  arrived(signal: AbortSignal): Promise<ShareSize>;
  /** Releases the plan's resources (connections, an open archive). `run` calls it when it ends. */
  close(): Promise<void>;
}

/** The relocation engine, running in this process or in a process of its own. */
export interface RelocationEngine {
  /**
   * Limits the combined rate of all relocations, including running ones, in bytes per second; undefined for no limit.
   */
  limitBandwidth(bytesPerSecond: number | undefined): void;
  /**
   * Lists the Packages of a PackageRepository bundle with what they need.
   * @throws the errors of describePackages and ArchiveSource.listPackages
   */
  listPackages(source: PackageSource, options: Pick<EngineOptions, 'signal'>): Promise<PackageListing>;
  /** Reads every layer of an archive, compares digests, and checks its signature (see verifyExport). */
  verify(path: string, options: VerifyOptions): Promise<ExportVerification>;
  /** Deletes what an interrupted relocation kept for resuming (see discardInterrupted). */
  discard(destination: RelocationDestinationSpec, options: Pick<EngineOptions, 'signal'>): Promise<void>;
  plan(request: RelocationRequest, options: EngineOptions & { readonly depth: PlanDepth }): Promise<PlannedRelocation>;
}
