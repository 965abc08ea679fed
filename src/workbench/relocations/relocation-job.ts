import type { RelocationRequest } from '../../relocation/request.ts';

/** A relocation as the user asked for it. */
export interface RelocationJob {
  readonly request: RelocationRequest;
  /** Short, for titles: `example-packages:1.0.0`, `example-packages.tar`. */
  readonly name: string;
}

/** Two jobs with one key would do the same. */
export function jobKey({ request: { source, destination } }: RelocationJob): string {
  const from = source.kind === 'archive' ? source.path : source.reference;
  return JSON.stringify([from, destination.repository]);
}
