import type { FileTarget, RelocationTarget } from './relocations.ts';
import type { ImageTarget } from './targets.ts';

export const MapCommand = {
  /** Shows what a bundle, an image, a tarball, a report or an audit consists of, by size and place. */
  showMap: 'carvelAirgap.showMap',
  /** Shows what a bundle has that another one, such as an earlier version, does not have. */
  compareMaps: 'carvelAirgap.compareMaps',
  /** Saves a map as a page that needs nothing else, with the report or the audit that it is of. */
  saveMap: 'carvelAirgap.saveMap',
  /** Shows what a relocation transfers, or has transferred, over time. */
  showThroughput: 'carvelAirgap.showThroughput',
} as const;

export interface MapCommandArguments {
  [MapCommand.compareMaps]: [target?: ImageTarget];
  /** Without a target: the map in the active editor. */
  [MapCommand.saveMap]: [target?: RelocationTarget | AuditedTarget];
  /** Without a target, the user is asked. */
  [MapCommand.showThroughput]: [target?: RelocationTarget];
  [MapCommand.showMap]: [target?: ImageTarget | FileTarget | RelocationTarget | AuditedTarget];
}

/** The latest audit of a reference, or of a cluster, or whether a cluster is ready for something (see Audits.putReady). */
export type AuditedTarget =
  { readonly audited: string } | { readonly auditedContext: string } | { readonly auditedReady: string };

/** The type of the pages with maps. */
export const mapView = 'carvelAirgap.map';

/** The type of the pages that show what relocations transfer. */
export const throughputView = 'carvelAirgap.throughput';
