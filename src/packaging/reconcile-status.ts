import { array, defined, record, text, time, wholeNumber } from '../base/json.ts';

/** The `status` of a PackageRepository (kapp-controller, pkg/apis/kappctrl/v1alpha1/status.go). */
export interface ReconcileStatus {
  readonly observedGeneration?: number;
  /** The only condition; kapp-controller clears the list on each change. */
  readonly condition?: ReconcileCondition;
  readonly friendlyDescription?: string;
  readonly usefulErrorMessage?: string;
  readonly consecutiveSuccesses?: number;
  readonly consecutiveFailures?: number;
  readonly fetch?: StageStatus;
  readonly template?: StageStatus;
  readonly deploy?: StageStatus;
}

export const CONDITION_TYPES = [
  'Reconciling',
  'ReconcileFailed',
  'ReconcileSucceeded',
  'Deleting',
  'DeleteFailed',
] as const;
export type ConditionType = (typeof CONDITION_TYPES)[number];

export interface ReconcileCondition {
  readonly type: ConditionType;
  readonly message?: string;
}

/** Times are milliseconds since the epoch, with a resolution of one second. `exitCode` is -1 if no process ended. */
export interface StageStatus {
  readonly startedAt?: number;
  readonly updatedAt?: number;
  readonly exitCode?: number;
  readonly error?: string;
  readonly stdout?: string;
  readonly stderr?: string;
  /** Only for deploy. */
  readonly finished?: boolean;
}

/** Parses `status`; malformed parts are omitted, and a missing status is undefined. */
export function parseReconcileStatus(value: unknown): ReconcileStatus | undefined {
  const status = record(value);
  if (Object.keys(status).length === 0) return undefined;
  return defined({
    observedGeneration: wholeNumber(status['observedGeneration']),
    condition: parseCondition(status['conditions']),
    friendlyDescription: text(status['friendlyDescription']),
    usefulErrorMessage: text(status['usefulErrorMessage']),
    consecutiveSuccesses: wholeNumber(status['consecutiveReconcileSuccesses']),
    consecutiveFailures: wholeNumber(status['consecutiveReconcileFailures']),
    fetch: parseStage(status['fetch']),
    template: parseStage(status['template']),
    deploy: parseStage(status['deploy']),
  });
}

function parseCondition(conditions: unknown): ReconcileCondition | undefined {
  for (const entry of array(conditions).map(record).reverse()) {
    const type = CONDITION_TYPES.find((known) => known === entry['type']);
    if (type !== undefined && entry['status'] === 'True') {
      return { type, ...defined({ message: text(entry['message']) }) };
    }
  }
  return undefined;
}

function parseStage(value: unknown): StageStatus | undefined {
  const stage = record(value);
  if (Object.keys(stage).length === 0) return undefined;
  return defined({
    startedAt: time(stage['startedAt']),
    updatedAt: time(stage['updatedAt']),
    exitCode: wholeNumber(stage['exitCode']),
    error: text(stage['error']),
    stdout: text(stage['stdout']),
    stderr: text(stage['stderr']),
    finished: typeof stage['finished'] === 'boolean' ? stage['finished'] : undefined,
  });
}
