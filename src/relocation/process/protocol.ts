import type { VerifyProgress } from '../../carvel/archive/verification.ts';
import type { ConnectionSettings } from '../../oci/connection-settings.ts';
import type { Credential, CredentialRequest } from '../../oci/auth/credentials.ts';
import type { ExportVerification } from '../archive/signed-export.ts';
import type { RelocationEvent } from '../events.ts';
import type { ShareSize, StoredJobPlan } from '../job/job-plan.ts';
import type { PackageListing } from '../packages/package-listing.ts';
import type { PlanSummary } from '../plan/plan-summary.ts';
import type { RelocationReport } from '../report/report.ts';
import type { PackageSource, PlanDepth, RelocationDestinationSpec, RelocationRequest } from '../request/request.ts';
import type { SerializedError } from '../../base/serialized-error.ts';

/**
 * Messages between the engine's process and its host, as plain data. The host numbers each relocation, which is planned
 * and then run or closed.
 */
export type ToEngine =
  | {
      readonly type: 'plan';
      readonly id: number;
      readonly request: RelocationRequest;
      readonly depth: PlanDepth;
      readonly connection: ConnectionSettings;
      readonly stateFolder: string | undefined;
      /** See EngineEnvironment. */
      readonly requireSignature: readonly string[];
    }
  | {
      readonly type: 'verify';
      readonly id: number;
      readonly path: string;
      readonly requireSignature: readonly string[];
    }
  /** Answers a request for the password of a key; null if there is none. */
  | { readonly type: 'password'; readonly call: number; readonly password: string | null }
  | {
      readonly type: 'packages';
      readonly id: number;
      readonly source: PackageSource;
      readonly connection: ConnectionSettings;
      readonly stateFolder: string | undefined;
    }
  | {
      readonly type: 'discard';
      readonly id: number;
      readonly destination: RelocationDestinationSpec;
      readonly connection: ConnectionSettings;
      readonly stateFolder: string | undefined;
    }
  /** See PlannedRelocation.storeJobPlan and arrived. */
  | { readonly type: 'store-job'; readonly id: number; readonly pods: number }
  | { readonly type: 'arrived'; readonly id: number }
  /** Applies to all relocations, including running ones; undefined for no limit. */
  | { readonly type: 'limit'; readonly bytesPerSecond: number | undefined }
  | { readonly type: 'run'; readonly id: number; readonly receipt?: string | undefined }
  | { readonly type: 'close'; readonly id: number }
  /** Ends the run after what is in transit has arrived; it answers like an aborted one. */
  | { readonly type: 'pause'; readonly id: number }
  /** Stops the relocation, which answers with `failed` and an AbortError. */
  | { readonly type: 'abort'; readonly id: number }
  /** Answers a request for a credential; `error` says why none was found. */
  | {
      readonly type: 'credential';
      readonly call: number;
      readonly credential: Credential | null;
      readonly error?: SerializedError;
    };

export type FromEngine =
  | { readonly type: 'planned'; readonly id: number; readonly view: PlanSummary }
  | { readonly type: 'listed'; readonly id: number; readonly listing: PackageListing }
  | { readonly type: 'verified'; readonly id: number; readonly verification: ExportVerification }
  | { readonly type: 'verifying'; readonly id: number; readonly progress: VerifyProgress }
  | { readonly type: 'finished'; readonly id: number; readonly report: RelocationReport }
  | { readonly type: 'stored-job'; readonly id: number; readonly plan: StoredJobPlan }
  | { readonly type: 'has-arrived'; readonly id: number; readonly arrived: ShareSize }
  | { readonly type: 'closed'; readonly id: number }
  | { readonly type: 'discarded'; readonly id: number }
  | { readonly type: 'failed'; readonly id: number; readonly error: SerializedError }
  | { readonly type: 'event'; readonly id: number; readonly event: RelocationEvent }
  | { readonly type: 'credential'; readonly call: number; readonly request: CredentialRequest }
  /** Asks for the password of the key at a path. */
  | { readonly type: 'password'; readonly call: number; readonly key: string };
