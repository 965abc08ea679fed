import type { Bandwidth } from '../base/bandwidth.ts';
import type { Verification } from '../carvel/archive/verification.ts';
import type { VerifyOptions } from '../carvel/archive/verify.ts';
import type { ConnectionSettings } from '../oci/connection-settings.ts';
import type { CredentialProvider } from '../oci/credentials.ts';
import type { RelocationListener } from './events.ts';
import type { PlanSummary } from './plan-summary.ts';
import type { RelocationReport } from './report.ts';
import type { PlanDepth, RelocationDestinationSpec, RelocationRequest } from './request.ts';

/** What an engine needs from its surroundings. */
export interface EngineEnvironment {
  readonly connection: ConnectionSettings;
  readonly credentials: CredentialProvider;
  /** Where it is noted down what an interrupted relocation to a repository has begun; undefined: nowhere. */
  readonly stateFolder?: string | undefined;
  /** What this engine shares with others; without it, it has its own. */
  readonly bandwidth?: Bandwidth;
  /** Milliseconds between two progress events; without it, some that suit a terminal. */
  readonly progressInterval?: number;
}

export interface EngineOptions {
  readonly signal: AbortSignal;
  readonly onEvent?: RelocationListener;
}

/** A plan that can be run once. What was read to make it is kept until then and not read again. */
export interface PlannedRelocation {
  readonly view: PlanSummary;
  /**
   * Does what the plan says. Ends in a report or rejects with an AirgapError, or an AbortError within a second of the
   * signal; then the destination has no user tag and no locations tag of this relocation.
   */
  run(options: EngineOptions): Promise<RelocationReport>;
  /** Lets go of what the plan holds (connections, an open archive). Called by `run` at its end. */
  close(): Promise<void>;
}

/** The engine, in this process or in one of its own: the same for who uses it. */
export interface RelocationEngine {
  /**
   * How many bytes a second the blobs of all its relocations may take together, from now on, those that run included;
   * undefined: as many as there is room for.
   */
  limitBandwidth(bytesPerSecond: number | undefined): void;
  /** Reads every layer of an archive and compares digests (see carvel/archive/verify). */
  verify(path: string, options: VerifyOptions): Promise<Verification>;
  /** Gives up what an interrupted relocation left for being gone on with (see discardInterrupted). */
  discard(destination: RelocationDestinationSpec, options: Pick<EngineOptions, 'signal'>): Promise<void>;
  plan(request: RelocationRequest, options: EngineOptions & { readonly depth: PlanDepth }): Promise<PlannedRelocation>;
}
