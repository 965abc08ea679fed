import { array, defined, isRecord, record, text, time } from '../base/json.ts';
import type { JsonRecord } from '../base/json.ts';

/** Metadata that shows how long an object has been waiting. Times are milliseconds since the epoch. */
export interface ObjectTimes {
  readonly createdAt?: number;
  readonly deletedAt?: number;
  /** Last change of the spec, if the server records it. */
  readonly changedAt?: number;
  /** Finalizers that must be removed before the object is deleted. */
  readonly finalizers?: readonly string[];
}

export function parseTimes(metadata: JsonRecord): ObjectTimes {
  const finalizers = array(metadata['finalizers']).filter((each) => typeof each === 'string');
  return {
    ...(finalizers.length > 0 && { finalizers }),
    ...defined({
      createdAt: time(metadata['creationTimestamp']),
      deletedAt: time(metadata['deletionTimestamp']),
      changedAt: specChangedAt(metadata['managedFields']),
    }),
  };
}

/** Ignores managers that only write the status or metadata. */
function specChangedAt(managedFields: unknown): number | undefined {
  const times = array(managedFields)
    .map(record)
    .filter((entry) => text(entry['subresource']) === undefined && changesSpec(entry['fieldsV1']))
    .map((entry) => time(entry['time']))
    .filter((at) => at !== undefined);
  return times.length === 0 ? undefined : Math.max(...times);
}

function changesSpec(fields: unknown): boolean {
  return !isRecord(fields) || 'f:spec' in fields;
}

/** Who removes a finalizer: `kapp-controller`, `kubernetes`, or the domain of another controller. */
export function finalizerOwner(finalizer: string): string {
  const [domain = ''] = finalizer.split('/');
  if (/(?:^|\.)(?:packaging\.carvel\.dev|kapp-ctrl\.k14s\.io)$/.test(domain)) return 'kapp-controller';
  return finalizer === 'foregroundDeletion' || finalizer === 'orphan' ? 'kubernetes' : domain;
}
