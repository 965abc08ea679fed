import { parseReference } from '../../oci/reference.ts';
import { destinationText, sourceText } from '../../relocation/request.ts';
import type { RelocationRequest } from '../../relocation/request.ts';
import { tryOrUndefined } from '../errors/try-or-undefined.ts';

/** A relocation as the user asked for it. */
export interface RelocationJob {
  readonly request: RelocationRequest;
  /** Short, for titles: `example-packages:1.0.0`, `example-packages.tar`. */
  readonly name: string;
  /** A task of tasks.json does it; absent where the user asked for it. */
  readonly origin?: 'task';
  /** Asks again where to and how, with what was answered. Absent where that was not asked; not kept with the job. */
  readonly change?: () => void;
}

/** The registries that a job names. A lock names others too, which are not known before the plan. */
export function registriesOf({ request: { source, destination } }: RelocationJob): string[] {
  const texts = [
    ...('reference' in source ? [source.reference] : []),
    ...(destination.kind === 'repository' ? [destination.repository] : []),
  ];
  const registries = texts.map((text) => tryOrUndefined(() => parseReference(text).registry));
  return [...new Set(registries.filter((registry) => registry !== undefined))];
}

/** Two jobs with one key would do the same. */
export function jobKey({ request: { source, destination } }: RelocationJob): string {
  return JSON.stringify([sourceText(source), destinationText(destination)]);
}
