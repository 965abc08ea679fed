import type { ConnectionSettings } from '../../src/oci/connection-settings.ts';
import type { Fault, Passed } from '../support/fault-proxy.ts';
import type { RawRepository } from '../support/raw-registry.ts';
import type { Outcome, World } from './world.ts';

/** One fault at one place, and what has to come of it. */
export interface Cell {
  /** Of the fault matrix: F1 to F35. */
  readonly fault: string;
  readonly name: string;
  /** Faults on the way to the source's registry. */
  readonly from?: readonly Fault[];
  /** Faults on the way to the destination's registry. */
  readonly to?: readonly Fault[];
  readonly settings?: ConnectionSettings;
  /** What is relocated in place of the world's image: its path and tag at the source's registry. */
  readonly source?: (world: World) => Promise<string>;
  /** What is at the destination before. */
  readonly prepare?: (target: RawRepository) => Promise<void>;
  /** The error that it has to end in; without it everything has to be at the destination. */
  readonly fails?: string;
  /** What has to be at the destination after it failed; without it nothing may have a name there. */
  readonly left?: (target: RawRepository, image: World['image']) => Promise<void>;
  /** What else has to hold: for the requests and the messages. */
  readonly also?: (seen: { from: readonly Passed[]; to: readonly Passed[]; outcome: Outcome }) => void;
  /** Runs with `npm test` too. */
  readonly always?: true;
}
