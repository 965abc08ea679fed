import { destinationText, sourceText } from '../../relocation/request.ts';
import type { RelocationRequest } from '../../relocation/request.ts';

/** A relocation as the user asked for it. */
export interface RelocationJob {
  readonly request: RelocationRequest;
  /** Short, for titles: `example-packages:1.0.0`, `example-packages.tar`. */
  readonly name: string;
}

/** Two jobs with one key would do the same. */
export function jobKey({ request: { source, destination } }: RelocationJob): string {
  return JSON.stringify([sourceText(source), destinationText(destination)]);
}
